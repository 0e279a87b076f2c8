//! Calculations over figures that were really published.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use storage_core::calculation::{
    Amount, Bridge, Calculation, Carbon, Contract, Error, Request, Terms, Weighting, compute,
    recompute, restate, rounded_parts, scope2, uncertainty,
};
use storage_core::factors::{Factor, FactorId, GasBasis, Interval, ResultUnit, Version};
use storage_core::gwp::GwpSet;
use storage_core::{Decimal, Digest, Ratio};

fn file(name: &str) -> String {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/factors");
    std::fs::read_to_string(vectors.join(name)).unwrap()
}

fn json(name: &str) -> Vec<serde_json::Value> {
    let mut file: serde_json::Value = serde_json::from_str(&file(name)).unwrap();
    serde_json::from_value(file["factors"].take()).unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn cell(value: &serde_json::Value) -> Decimal {
    decimal(value.as_str().unwrap())
}

/// A factor in kilograms.
fn terms(unit: &str, weighting: Weighting, gases: &[(&str, &str)]) -> Terms {
    Terms {
        version_id: Digest::of(format!("{unit} {gases:?}").as_bytes()),
        gases: gases.iter().map(|(gas, figure)| ((*gas).to_owned(), decimal(figure))).collect(),
        weighting,
        result_unit: "kg".to_owned(),
        unit: unit.to_owned(),
        carbon: Carbon::Fossil,
    }
}

fn request(quantity: &str, unit: &str) -> Request {
    Request::new(decimal(quantity), unit, "2026-03-01T09:00:00Z".parse().unwrap())
}

fn grams(kilograms: &Decimal) -> Decimal {
    kilograms * &decimal("1000")
}

/// What the gas weighs, from what it is worth.
fn mass(amount: &Amount, gas: &str) -> Ratio {
    assert!(amount.exact);
    Ratio::from(&amount.unrounded) * Ratio::from(GwpSet::Ar5.of(gas).unwrap()).inverse().unwrap()
}

/// Every fuel by way of its heat content: the total is what Python's decimals give, and each gas
/// comes within half a unit of the last printed place of the hub's own column for each gallon.
#[test]
fn the_fuels_of_the_epa_hub_follow_from_their_heat_contents() {
    let mut cells = 0;
    for fuel in json("epa_hub_2025.json") {
        let unit = match fuel["activity_unit"].as_str().unwrap() {
            "gallon" => "gal (US)",
            other => other,
        };
        let heat = &fuel["per_mmbtu"];
        let mut terms = terms("mmBtu (HHV)", Weighting::Mass, &[]);
        terms.result_unit = "g".to_owned();
        terms.gases = BTreeMap::from([
            ("co2".to_owned(), grams(&cell(&heat["co2_kg"]))),
            ("ch4".to_owned(), cell(&heat["ch4_g"])),
            ("n2o".to_owned(), cell(&heat["n2o_g"])),
        ]);
        let bridge = Bridge {
            value: cell(&fuel["heat_content_mmbtu_per_unit"]),
            rate: format!("mmBtu (HHV)/{unit}").parse().unwrap(),
            source: "EPA hub 2025, table 1".to_owned(),
        };
        let request = request("1", unit).weighed(GwpSet::Ar5).by_way_of(bridge);
        let result = compute(&request, &terms).unwrap();
        let id = &fuel["factor_id"];
        assert_eq!(result.value.unrounded, cell(&fuel["expected_kg_co2e_ar5_per_unit"]), "{id}");
        assert!(result.value.exact);

        let thousand = Ratio::new(1000, 1).unwrap();
        for (name, calculated) in [
            ("co2_kg", mass(&result.gases["co2"], "co2")),
            ("ch4_g", mass(&result.gases["ch4"], "ch4") * thousand.clone()),
            ("n2o_g", mass(&result.gases["n2o"], "n2o") * thousand),
        ] {
            let printed = cell(&fuel["per_unit"][name]);
            let off = (calculated.exact().unwrap() - printed.clone()).abs();
            let last_place = Ratio::new(1, 10_u64.pow(printed.places())).unwrap();
            let twice = Ratio::from(&(&off + &off));
            assert!(twice <= last_place, "{id} {name}: {printed} is off by {off}");
            cells += 1;
        }
    }
    assert_eq!(cells, 93);
}

/// T20: pounds for each megawatt hour become kilograms for each kilowatt hour. The expected numbers
/// are Python's.
#[test]
fn t20_the_states_of_egrid_in_kilograms_and_kilowatt_hours() {
    let states = json("egrid_2023_states.json");
    assert_eq!(states.len(), 52);
    for state in &states {
        let figure = state["co2e_lb_per_mwh"].as_str().unwrap();
        let mut terms = terms("MWh", Weighting::Co2e(None), &[("co2e", figure)]);
        terms.result_unit = "lb".to_owned();
        let result = compute(&request("1", "kWh"), &terms).unwrap();
        let expected = cell(&state["expected_kg_per_kwh"]);
        assert_eq!(result.value.unrounded, expected, "{}", state["region"]);
        assert_eq!(result.unattributed, result.value, "a total tells nothing about gases");
    }
}

/// T20: three gases in pounds, as the hub prints them for subregions, weighed.
#[test]
fn t20_gases_by_mass_in_pounds_are_weighed() {
    let gases = [("CO2", "1000"), ("CH4", "0.1"), ("N2O", "0.01")];
    let mut terms = terms("MWh", Weighting::Mass, &gases);
    terms.result_unit = "lb".to_owned();
    let result = compute(&request("1", "kWh").weighed(GwpSet::Ar5), &terms).unwrap();
    // (1000 + 0.1 x 28 + 0.01 x 265) x 0.45359237 / 1000, by hand.
    assert_eq!(result.value.unrounded, decimal("0.4560644484165"));
    assert_eq!(compute(&request("1", "kWh"), &terms), Err(Error::NoGwpSet));
}

/// The rows of the UK file that tell the gases apart, both editions.
fn uk() -> Vec<(String, Terms)> {
    let mut rows = Vec::new();
    for line in file("uk_2023_2024.csv").lines().filter(|line| !line.starts_with('#')) {
        let cells: Vec<&str> = line.split(';').collect();
        for edition in [&cells[2..6], &cells[6..10]] {
            let [co2e, co2, ch4, n2o] = edition else { panic!("{line}") };
            if ch4.is_empty() {
                continue;
            }
            let gases = [("co2e", *co2e), ("co2", *co2), ("ch4", *ch4), ("n2o", *n2o)];
            let weighting = Weighting::Co2e(Some(GwpSet::Ar5));
            rows.push((cells[0].to_owned(), terms(cells[1], weighting, &gases)));
        }
    }
    assert_eq!(rows.len(), 240);
    rows
}

/// A published total is CO2e already: it is taken as it is, and its gases with it.
#[test]
fn a_factor_that_is_co2e_is_not_multiplied_again() {
    for (id, terms) in uk() {
        let result = compute(&request("1", &terms.unit), &terms).unwrap();
        assert!(result.value.unrounded == terms.gases["co2e"], "{id}");
        assert!(result.gases["ch4"].unrounded == terms.gases["ch4"], "{id}");
        let parts: Decimal = result.gases.values().map(|part| &part.rounded).sum();
        assert_eq!(parts + result.unattributed.rounded, result.value.rounded, "{id}");
    }
}

/// T21, as far as the editions at hand allow (both are AR5): a cell weighed with AR4 and printed
/// with the places of the earlier editions comes back, weighed with AR5, as near as its rounding
/// lets it: half a unit of the last place, times the ratio of the potentials.
#[test]
fn t21_gases_that_were_weighed_with_ar4_are_weighed_with_ar5() {
    let to_ar4 = [("ch4", Ratio::new(25, 28)), ("n2o", Ratio::new(298, 265))];
    for (id, published) in uk() {
        let mut older = published.clone();
        older.gases.remove("co2e");
        older.weighting = Weighting::Co2e(Some(GwpSet::Ar4));
        for (gas, ratio) in to_ar4.clone() {
            let exact = Ratio::from(&published.gases[gas]) * ratio.unwrap();
            older.gases.insert(gas.to_owned(), exact.rounded(5));
        }
        let result = compute(&request("1", &older.unit).weighed(GwpSet::Ar5), &older).unwrap();
        assert_eq!(result.pins.gwp_set, Some(GwpSet::Ar5));
        for (gas, most) in [("ch4", "0.0000056"), ("n2o", "0.0000045")] {
            let off = (&result.gases[gas].unrounded - &published.gases[gas]).abs();
            assert!(off <= decimal(most), "{id} {gas}: {off}");
        }
        assert!(result.gases["co2"].unrounded == published.gases["co2"], "{id}");
    }
    // One cell by hand: butane by the tonne, AR5 2.52 = 0.09 kg of methane, AR4 2.25.
    let butane = terms("tonnes", Weighting::Co2e(Some(GwpSet::Ar4)), &[("ch4", "2.25")]);
    let result = compute(&request("1", "tonnes").weighed(GwpSet::Ar5), &butane).unwrap();
    assert_eq!(result.value.unrounded, decimal("2.52"));
}

/// T22: a total alone cannot be taken apart.
#[test]
fn t22_only_co2e_cannot_be_weighed_again() {
    let refused = |weighting, gases: &[(&str, &str)]| {
        let request = request("1", "kWh").weighed(GwpSet::Ar6);
        compute(&request, &terms("kWh", weighting, gases)).unwrap_err().code()
    };
    let ar5 = Weighting::Co2e(Some(GwpSet::Ar5));
    assert_eq!(refused(ar5, &[("co2e", "0.2")]), "calculation.only_co2e");
    assert_eq!(refused(Weighting::Co2e(None), &[("co2", "0.2")]), "calculation.set_unknown");
    // 0.05 are somebody else's gas.
    let gases = [("co2e", "0.25"), ("co2", "0.19"), ("ch4", "0.01")];
    assert_eq!(refused(ar5, &gases), "calculation.not_whole");
    assert_eq!(refused(ar5, &[("co2", "0.2"), ("ch4_fossil", "0.1")]), "calculation.gas_unknown");
    assert_eq!(refused(ar5, &[("HFC-134a", "1"), ("hfc134a", "1")]), "calculation.gas_twice");
    assert_eq!(refused(ar5, &[]), "calculation.no_gas");
}

/// T19: the unit of the quantity leads to that of the factor, or nothing is calculated.
#[test]
fn t19_a_quantity_is_converted_or_refused() {
    let gas = terms("kWh (Gross CV)", Weighting::Co2e(None), &[("co2e", "0.18")]);
    let kilograms = |quantity: &str, unit: &str| {
        compute(&request(quantity, unit), &gas).map(|result| result.value.unrounded.to_string())
    };
    assert_eq!(kilograms("1", "MWh (HHV)").unwrap(), "180");
    assert_eq!(kilograms("3.6", "GJ (Gross CV)").unwrap(), "180");
    for unit in ["kWh", "kWh (Net CV)", "litres"] {
        assert_eq!(kilograms("1", unit).unwrap_err().code(), "calculation.units", "{unit}");
    }
    // A unit that no table has is understood by its own factor only.
    let heads = terms("head of cattle", Weighting::Co2e(None), &[("co2e", "2")]);
    let result = compute(&request("3", "head of cattle"), &heads).unwrap();
    assert_eq!(result.value.unrounded, decimal("6"));
    assert!(compute(&request("3", "head of sheep"), &heads).is_err());
    let tons = terms("ton", Weighting::Co2e(None), &[("co2e", "2")]);
    assert!(compute(&request("3", "ton"), &tons).is_err(), "whose ton is it?");
}

/// T24, in a calculation: 17 digits times 15 are all there, and a quotient says that it is not.
#[test]
fn t24_nothing_is_cut_off_silently() {
    let butane = terms("tonnes", Weighting::Co2e(None), &[("co2e", "3033.3806711409397")]);
    let result = compute(&request("1234567890.12345", "t"), &butane).unwrap();
    assert!(result.value.exact);
    assert_eq!(result.value.unrounded.to_string(), "3744914375111.724661898582005965");
    assert_eq!(result.value.rounded.to_string(), "3744914375111.724661898582");

    let electricity = terms("kWh", Weighting::Co2e(None), &[("co2e", "1")]);
    let result = compute(&request("1", "GJ"), &electricity).unwrap();
    assert_eq!(result.conversion, "2500/9");
    assert!(!result.value.exact);
    assert_eq!(result.value.unrounded.digits(), 40);
    assert_eq!(result.value.rounded.to_string(), "277.777777777778");

    let long = terms("kWh", Weighting::Co2e(None), &[("co2e", &"9".repeat(128))]);
    assert_eq!(compute(&request(&"9".repeat(128), "kWh"), &long), Err(Error::TooLong));
}

/// CO2 from plants is reported outside the scopes, methane and nitrous oxide from them are not.
#[test]
fn carbon_from_plants_is_outside_the_scopes() {
    // Wood and wood residuals, EPA hub 2025: 93.80 kg CO2, 7.2 g CH4, 3.6 g N2O for each mmBtu.
    let gases = [("co2", "93.80"), ("ch4", "0.0072"), ("n2o", "0.0036")];
    let mut wood = terms("mmBtu (HHV)", Weighting::Mass, &gases);
    wood.carbon = Carbon::Biogenic;
    let result = compute(&request("1", "mmBtu (HHV)").weighed(GwpSet::Ar5), &wood).unwrap();
    assert_eq!(result.value.unrounded, decimal("1.1556"));
    assert_eq!(result.outside_scopes.unwrap().unrounded, decimal("93.80"));
    assert!(!result.gases.contains_key("co2"));

    let mixed = [("co2", "1"), ("co2_biogenic", "9")];
    let mixed = terms("l", Weighting::Mass, &mixed);
    let result = compute(&request("2", "l").weighed(GwpSet::Ar4), &mixed).unwrap();
    assert_eq!(result.value.unrounded, decimal("2"));
    assert_eq!(result.outside_scopes.unwrap().unrounded, decimal("18"));

    let mut outside = terms("l", Weighting::Co2e(None), &[("co2e", "2.5")]);
    outside.carbon = Carbon::OutsideScopes;
    let result = compute(&request("2", "l"), &outside).unwrap();
    assert!(result.value.unrounded.is_zero());
    assert_eq!(result.outside_scopes.unwrap().unrounded, decimal("5"));
}

/// A result read back from its JSON comes out again byte for byte, and no member of it can be
/// changed unnoticed.
#[test]
fn t29_a_result_comes_out_again_and_a_changed_one_does_not() {
    let (_, terms) = uk().swap_remove(0);
    let request = request("12.50", "t").known_at("uk-2023@1.1").weighed(GwpSet::Ar6);
    let result = compute(&request, &terms).unwrap();
    let stored = serde_json::to_string(&result).unwrap();
    let read: Calculation = serde_json::from_str(&stored).unwrap();
    let again = recompute(&read, &terms).unwrap();
    assert_eq!(serde_json::to_string(&again).unwrap(), stored);
    assert!(read.is_sealed());

    let value = serde_json::to_value(&result).unwrap();
    for (member, other) in [
        ("value", serde_json::json!({"rounded": "1", "unrounded": "1", "exact": true})),
        ("conversion", "2".into()),
        ("computed_at", "2026-03-01T09:00:01Z".into()),
        ("restates", Digest::of(b"").to_string().into()),
        ("inputs_digest", Digest::of(b"").to_string().into()),
        ("warnings", serde_json::json!(["none"])),
    ] {
        let mut changed = value.clone();
        changed[member] = other;
        let changed: Calculation = serde_json::from_value(changed).unwrap();
        assert!(!changed.is_sealed(), "{member}");
        let code = recompute(&changed, &terms).unwrap_err().code();
        assert_eq!(code, "calculation.not_reproduced", "{member}");
    }
    // The same value in another spelling is another text.
    let mut changed = result.clone();
    changed.value.rounded = changed.value.rounded.rounded(20);
    assert!(recompute(&changed, &terms).is_err());

    for (pin, broken) in [
        ("method", "calculation/0"),
        ("unit_table_version", "units/0"),
        ("gwp_data_version", "gwp/0"),
    ] {
        let mut changed = value.clone();
        changed["pins"][pin] = broken.into();
        let changed: Calculation = serde_json::from_value(changed).unwrap();
        let code = recompute(&changed, &terms).unwrap_err().code();
        assert_eq!(code, "calculation.pin_missing", "{pin}");
    }
    let mut other = terms.clone();
    other.gases.insert("co2".to_owned(), decimal("1"));
    assert!(recompute(&result, &other).is_err(), "figures that are not those of the version");
}

#[test]
fn a_version_hands_its_figures_over() {
    let interval = Interval::new("2024-01-01".parse().unwrap(), None).unwrap();
    let id: FactorId = "gas".parse().unwrap();
    let version = |basis, unit| {
        Version::new(id.clone(), basis, unit, Arc::default(), Arc::default(), interval)
    };
    let mut factor = Factor::new(id.clone(), "fuels.gas", Some("US"), "mmBtu");
    factor.basis = Some("HHV".to_owned());
    let by_mass = version(GasBasis::Mass, ResultUnit::Lb).with("CO2", decimal("100"));
    let terms = Terms::of(&factor, &by_mass);
    assert_eq!(terms.version_id, by_mass.id().0);
    assert_eq!(terms.carbon, Carbon::Fossil);
    let therms = request("10", "therms (HHV)").weighed(GwpSet::Ar5);
    let result = compute(&therms, &terms).unwrap();
    assert_eq!(result.value.unrounded, decimal("45.359237"));
    assert!(compute(&request("10", "therms").weighed(GwpSet::Ar5), &terms).is_err());

    // Where the two contradict each other nothing is calculated; a volume has no calorific basis.
    for (unit, own) in
        [("mmBtu (LHV)", "mmBtu (LHV) (HHV)"), ("mmBtu HHV", "mmBtu HHV"), ("scf", "scf")]
    {
        factor.unit = unit.to_owned();
        assert_eq!(Terms::of(&factor, &by_mass).unit, own);
    }
    assert!(compute(&therms, &Terms { unit: "mmBtu (LHV) (HHV)".to_owned(), ..terms }).is_err());

    let mut weighed = version(GasBasis::Co2e, ResultUnit::Kg).with("co2e", decimal("1"));
    let weighting = |version: &Version| Terms::of(&factor, version).weighting;
    assert_eq!(weighting(&weighed), Weighting::Co2e(None));
    weighed.gwp_set = Some("AR5".to_owned());
    assert_eq!(weighting(&weighed), Weighting::Co2e(Some(GwpSet::Ar5)));
    factor.biogenic = Some(true);
    assert_eq!(Terms::of(&factor, &weighed).carbon, Carbon::Biogenic);
    factor.scope = Some("Outside of Scopes".to_owned());
    assert_eq!(Terms::of(&factor, &weighed).carbon, Carbon::OutsideScopes);
}

#[test]
fn a_restatement_names_what_it_takes_the_place_of() {
    let ar5 = Weighting::Co2e(Some(GwpSet::Ar5));
    let (old, new) =
        (terms("kWh", ar5, &[("co2e", "0.2")]), terms("kWh", ar5, &[("co2e", "0.21")]));
    let request = request("1000", "kWh");
    let reported = compute(&request, &old).unwrap();
    let restated = restate(&reported, &request, &new).unwrap();
    assert_eq!(restated.calculation.restates, Some(reported.result_hash));
    assert!(restated.calculation.is_sealed());
    assert_eq!(restated.difference, decimal("10"));
    assert_eq!(restated.percent, Some(decimal("5.0")));
    assert_eq!(recompute(&restated.calculation, &new).unwrap(), restated.calculation);

    let mut changed = reported;
    changed.unit = "t".to_owned();
    assert_eq!(restate(&changed, &request, &new).unwrap_err().code(), "calculation.not_reproduced");
}

#[test]
fn purchased_energy_is_counted_twice() {
    let factor = |figure| terms("kWh", Weighting::Co2e(None), &[("co2e", figure)]);
    let (grid, wind, residual) = (factor("0.20"), factor("0"), factor("0.35"));
    let wind = |covered: &str| Contract { covered: decimal(covered), terms: wind.clone() };
    let request = request("100", "MWh");

    let both = scope2(&request, &grid, &[wind("60")], Some(&residual)).unwrap();
    assert_eq!(both.location.value.rounded, decimal("20000"));
    // 60 MWh of wind at nothing, 40 MWh of the residual mix at 0.35.
    assert_eq!(both.market.value, decimal("14000"));
    assert_eq!(both.market.parts.len(), 2);

    let all = scope2(&request, &grid, &[wind("60"), wind("40")], None).unwrap();
    assert!(all.market.value.is_zero());

    let code =
        |contracts: &[Contract]| scope2(&request, &grid, contracts, None).unwrap_err().code();
    assert_eq!(code(&[wind("60")]), "calculation.no_residual_mix");
    assert_eq!(code(&[wind("60"), wind("41")]), "calculation.over_covered");
    assert_eq!(code(&[wind("160"), wind("-60")]), "calculation.negative");
}

/// IPCC 2006, volume 1, chapter 3: the root of squares, and large summands dominate.
#[test]
fn uncertainties_are_propagated() {
    assert_eq!(uncertainty::product(&[decimal("5"), decimal("7")]).to_string(), "8.602325");
    let sum = |summands: &[(&str, &str)]| {
        let summands: Vec<_> = summands.iter().map(|(a, b)| (decimal(a), decimal(b))).collect();
        uncertainty::sum(&summands).map(|percent| percent.to_string())
    };
    // sqrt((1000 x 5)^2 + (10 x 100)^2) / 1010 = 5.0485341... by Python.
    assert_eq!(sum(&[("1000", "5"), ("10", "100")]).as_deref(), Some("5.048534"));
    assert_eq!(sum(&[("1", "5"), ("-1", "5")]), None);
}

#[test]
fn a_thousand_tenths_are_a_hundred() {
    let tenth = terms("kWh", Weighting::Co2e(None), &[("co2e", "0.1")]);
    let results: Vec<_> =
        (0..1000).map(|_| compute(&request("1", "kWh"), &tenth).unwrap()).collect();
    let sum: Decimal = results.iter().map(|result| &result.value.rounded).sum();
    assert_eq!(sum.trimmed().to_string(), "100");
}

proptest! {
    #[test]
    fn rounded_parts_add_up(
        parts in prop::collection::vec((any::<i32>(), 0_u32..8), 0..20),
        places in 0_u32..5,
    ) {
        let parts: Vec<Decimal> = parts.iter().map(|(digits, places)| {
            let unit = Ratio::new(1, 10_u64.pow(*places)).unwrap().exact().unwrap();
            &Decimal::from(*digits) * &unit
        }).collect();
        let (total, rounded) = rounded_parts(&parts, places);
        prop_assert_eq!(rounded.iter().sum::<Decimal>(), total.clone());
        prop_assert!(total.same_text(&parts.iter().sum::<Decimal>().rounded(places)));
        let unit = Ratio::new(1, 10_u64.pow(places)).unwrap();
        for (part, rounded) in parts.iter().zip(&rounded) {
            prop_assert!(Ratio::from(&(part - rounded).abs()) <= unit.clone());
        }
    }

    #[test]
    fn nothing_that_is_asked_makes_a_panic(
        quantity in "-?[0-9]{1,20}(\\.[0-9]{1,20})?", unit in ".{0,20}", gas in ".{0,10}", places in 0_u32..60,
    ) {
        let Ok(quantity) = quantity.parse::<Decimal>() else { return Ok(()) };
        for weighting in [Weighting::Mass, Weighting::Co2e(None), Weighting::Co2e(Some(GwpSet::Ar4))] {
            let terms = terms(&unit, weighting, &[(&gas, "1.5"), ("co2e", "2")]);
            for set in [None, Some(GwpSet::Ar4), Some(GwpSet::Ar6)] {
                let asked = Request { quantity: quantity.clone(), gwp_set: set, places, ..request("1", &unit) };
                if let Ok(result) = compute(&asked, &terms) {
                    prop_assert_eq!(recompute(&result, &terms), Ok(result));
                }
            }
        }
    }
}
