//! Files that are laid out like the publishers' own, read and held against the figures themselves.

use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;
use storage_core::calculation::{Request, Terms, compute};
use storage_core::factors::import::{Error, Layout, Mapping, Options, Read, read};
use storage_core::factors::{Candidate, GasBasis, Licence, S2Method};
use storage_core::gwp::GwpSet;

mod releases;

fn bytes(name: &str) -> Vec<u8> {
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/factors");
    std::fs::read(vectors.join(name)).unwrap()
}

fn json(name: &str) -> serde_json::Value {
    serde_json::from_slice(&bytes(name)).unwrap()
}

fn uk(text: &str) -> Result<Read, Error> {
    read(text.as_bytes(), &Layout::Uk, &Options::default())
}

/// A flat file of this edition with these rows: level 2, unit of the gas, value.
fn flat(edition: u32, rows: &[(&str, &str, &str)]) -> String {
    let mut text = String::from("a line of the front page\n\n");
    text += "Scope,Level 1,Level 2,Level 3,Level 4,Column Text,UOM,GHG/Unit,";
    text += &format!("GHG Conversion Factor {edition}\n");
    for (name, unit, value) in rows {
        text += &format!("Scope 1,Fuels,{name},,,,litres,{unit},{value}\n");
    }
    text
}

fn figures(candidate: &Candidate) -> BTreeMap<String, String> {
    let gases = candidate.version.gases.iter();
    gases.map(|(gas, figure)| (gas.clone(), figure.to_string())).collect()
}

/// Row, column, code and what was found.
fn refused(read: &Read) -> Vec<(u64, &str, &str, &str)> {
    let refused = read.refused.iter();
    refused.map(|it| (it.row, it.column.as_deref().unwrap_or(""), it.code, &*it.found)).collect()
}

#[test]
fn the_uk_flat_files_are_read_to_the_last_digit() {
    for year in [2023, 2024] {
        let found = read(&bytes(&format!("uk_{year}.xlsx")), &Layout::Uk, &Options::default());
        let found = found.unwrap();
        assert_eq!(refused(&found), []);
        let published = json(&format!("factors_defra_{year}_energy.json"));
        let published = published["factors"].as_array().unwrap();
        assert_eq!((found.candidates.len(), published.len()), (124, 124));
        for (candidate, published) in found.candidates.iter().zip(published) {
            let (factor, version) = (&candidate.factor, &candidate.version);
            assert_eq!(factor.factor_id.as_str(), published["factor_id"]);
            assert_eq!(factor.unit, published["activity_unit"]);
            assert_eq!(factor.scope.as_deref(), published["scope"].as_str());
            assert_eq!(factor.region.as_deref(), Some("GB"));
            assert_eq!(serde_json::json!(figures(candidate)), published["gases"]);
            assert_eq!(serde_json::json!(version.rows), published["source_row_ids"]);
            assert_eq!(version.valid.from().to_string(), published["valid_from"].as_str().unwrap());
            assert_eq!(version.gas_basis, GasBasis::Co2e);
            assert_eq!(version.gwp_set.as_deref(), Some("AR5"));
            assert_eq!(version.source.edition, Some(format!("{year} v1.1")));
            assert_eq!(version.licence.name, "OGL-UK-3.0");
        }
    }
}

#[test]
fn a_flat_file_as_text_says_the_same_as_the_workbook() {
    let options = Options::default();
    let book = read(&bytes("uk_2023.xlsx"), &Layout::Uk, &options).unwrap();
    let text = read(&bytes("uk_2023_flat.csv"), &Layout::Uk, &options).unwrap();
    let plain = |read: &Read| {
        let each = read.candidates.iter();
        each.map(|it| (it.factor.clone(), figures(it), it.version.valid)).collect::<Vec<_>>()
    };
    assert_eq!(plain(&book), plain(&text));
    assert!(book.notes.iter().any(|it| it.contains("`31/06/2019`, which is no date")));
}

#[test]
fn what_is_no_figure_is_an_absence_or_a_refused_row() {
    let rows = [
        ("Fine", "kg CO2e", "2.50"),
        ("Fine", "kg CO2e of CH4 per unit", "NA"),
        ("Fine", "kg CO2e of N2O per unit", "< 1"),
        ("Fine", "kg CO2e of CO2 per unit", "not-supplied"),
        ("Blank", "kg CO2e", ""),
        ("Nothing", "kg CO2e", "NA"),
        ("Exponent", "kg CO2e", "1e3"),
        ("Comma", "kg CO2e", "\"1,234\""),
        ("No number", "kg CO2e", "NaN"),
        ("Half", "kg CO2e", "1"),
        ("Half", "kg CO2e of CH4 per unit", "#N/A"),
        ("Credit", "kg CO2e", "-5"),
        ("Property", "kWh (Net CV)", "9.9"),
        ("Twice", "kg CO2e", "1"),
        ("Twice", "kg CO2e", "1.0"),
        ("Two", "kg CO2e", "1"),
        ("Two", "kg CO2e", "2"),
    ];
    let found = uk(&flat(2024, &rows)).unwrap();
    let names: Vec<_> = found.candidates.iter().map(|it| it.factor.activity.as_str()).collect();
    assert_eq!(names, ["fuels.fine", "fuels.twice"]);
    let version = &found.candidates[0].version;
    assert_eq!(figures(&found.candidates[0]), BTreeMap::from([("co2e".into(), "2.50".into())]));
    let absent: Vec<_> = version.absent.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(absent, [("ch4", "NA"), ("co2", "not-supplied"), ("n2o", "< 1")]);

    let value = "GHG Conversion Factor 2024";
    assert_eq!(
        refused(&found),
        [
            (8, value, "no_figure", ""),
            (9, "", "no_figure", "NA"),
            (10, value, "figure_invalid", "1e3"),
            (11, value, "figure_invalid", "1,234"),
            (12, value, "figure_invalid", "NaN"),
            (13, "", "row_of_refused", "1"),
            (14, value, "figure_invalid", "#N/A"),
            (15, value, "figure_negative", "-5"),
            (16, "GHG/Unit", "not_a_factor", "kWh (Net CV)"),
            (19, "", "row_of_refused", "1"),
            (20, value, "row_twice", "2"),
        ]
    );
    let allowed = Options::default();
    let allowed = {
        let mut it = allowed;
        it.may_be_negative = true;
        it
    };
    let found = read(flat(2024, &rows).as_bytes(), &Layout::Uk, &allowed).unwrap();
    let credit = found.candidates.iter().find(|it| it.factor.activity == "fuels.credit").unwrap();
    assert!(credit.version.may_be_negative);
}

#[test]
fn each_uk_edition_has_its_own_sense() {
    let set = |edition| {
        let found = uk(&flat(edition, &[("Coal", "kg CO2e", "2")]));
        found.map(|it| it.candidates[0].version.gwp_set.clone().unwrap())
    };
    assert_eq!(set(2022).as_deref(), Ok("AR4"));
    assert_eq!(set(2023).as_deref(), Ok("AR5"));
    assert!(matches!(set(2011), Err(Error::Unsaid { .. })));

    // What is called methane is CO2e: known for 2018 to 2020, elsewhere only if it adds up.
    let fits = [("Coal", "kg CO2e", "3"), ("Coal", "kg CO2", "2"), ("Coal", "kg CH4", "1")];
    let not = [("Coal", "kg CO2e", "30"), ("Coal", "kg CO2", "2"), ("Coal", "kg CH4", "1")];
    for (edition, rows, taken) in [(2019, fits, 1), (2019, not, 1), (2016, fits, 1), (2016, not, 0)]
    {
        let found = uk(&flat(edition, &rows)).unwrap();
        assert_eq!(found.candidates.len(), taken, "{edition}");
        let codes: Vec<_> = found.refused.iter().map(|it| it.code).collect();
        assert_eq!(codes, if taken == 1 { vec![] } else { vec!["basis_unclear"] });
        assert!(found.candidates.iter().all(|it| it.version.gas_basis == GasBasis::Co2e));
    }

    let mut options = Options::default();
    options.edition = Some("2023 v1.1".to_owned());
    let error = read(flat(2024, &[]).as_bytes(), &Layout::Uk, &options).unwrap_err();
    assert_eq!(error.to_string(), "the file says 2024, not 2023 v1.1");
    assert!(matches!(uk("Scope,Level 1\n1,2\n"), Err(Error::NoHeader { .. })));
}

#[test]
fn the_epa_hub_gives_masses_that_are_worth_what_was_calculated_elsewhere() {
    let found = read(&bytes("epa_hub_2025.xlsx"), &Layout::Epa, &Options::default()).unwrap();
    assert_eq!(refused(&found), []);
    assert!(found.notes.iter().any(|it| it.contains("Table 2 Mobile Combustion CO2")));
    let published = json("epa_hub_2025.json");
    let published = published["factors"].as_array().unwrap();
    assert_eq!(found.candidates.len(), 2 * published.len());
    let mut computed = 0;
    for (pair, fuel) in found.candidates.chunks(2).zip(published) {
        let name = fuel["factor_id"].as_str().unwrap().rsplit('.').next().unwrap();
        let [energy, volume] = pair else { panic!("two for each fuel") };
        let (energy, volume) = match energy.factor.unit.as_str() {
            "mmBtu" => (energy, volume),
            _ => (volume, energy),
        };
        assert!(energy.factor.factor_id.as_str().ends_with(&format!("{name}.per_mmbtu")));
        assert_eq!(energy.factor.basis.as_deref(), Some("HHV"));
        assert_eq!((volume.factor.basis.as_deref(), volume.factor.biogenic), (None, Some(false)));
        for (candidate, column) in [(energy, "per_mmbtu"), (volume, "per_unit")] {
            let text = |gas: &str| fuel[column][gas].as_str().unwrap();
            assert_eq!(candidate.version.gas_basis, GasBasis::Mass);
            assert_eq!(candidate.version.valid.to_string(), "2025-01-15/..");
            let figures = figures(candidate);
            assert_eq!(figures["co2"], text("co2_kg"));
            for (gas, grams) in [("ch4", text("ch4_g")), ("n2o", text("n2o_g"))] {
                let kilograms = &candidate.version.gases[gas];
                let thousand = storage_core::Decimal::from(1000);
                assert_eq!((kilograms * &thousand).trimmed().to_string(), grams, "{name}");
            }
        }
        // The heat content of one unit, burnt, with potentials of AR5.
        let heat = fuel["heat_content_mmbtu_per_unit"].as_str().unwrap().parse().unwrap();
        let mut request =
            Request::new(heat, "mmBtu (HHV)", "2026-01-01T00:00:00Z".parse().unwrap());
        request.gwp_set = Some(GwpSet::Ar5);
        let result = compute(&request, &Terms::of(&energy.factor, &energy.version)).unwrap();
        let expected = fuel["expected_kg_co2e_ar5_per_unit"].as_str().unwrap();
        assert_eq!(result.value.unrounded, expected.parse().unwrap(), "{name}");
        computed += 1;
    }
    assert_eq!(computed, 31);
}

#[test]
fn a_fuel_of_the_hub_without_a_figure_is_not_zero() {
    let text = "Last Modified: 15 January 2025\nTable 1,Stationary Combustion\n\
        Fuel Type,Heat Content (HHV),CO2 Factor,CH4 Factor,N2O Factor\n\
        ,mmBtu per short ton,kg CO2 per mmBtu,g CH4 per mmBtu,g N2O per mmBtu\n\
        Biomass Fuels - Solid\nWood,17.48,93.80,7.2,NA\nPeat,8,111.84,NA,x\nTable 9,Flights\nA,1,2,3,4\n";
    let found = read(text.as_bytes(), &Layout::Epa, &Options::default()).unwrap();
    let wood = &found.candidates[0];
    assert_eq!(wood.version.absent["n2o"], "NA");
    assert_eq!(figures(wood)["ch4"], "0.0072");
    assert_eq!(wood.factor.biogenic, Some(true));
    assert_eq!(refused(&found), [(7, "g N2O per mmBtu", "figure_invalid", "x")]);
    assert_eq!(found.candidates.len(), 1, "flights are no fuels");
    let undated = text.replace("Last Modified: 15 January 2025", "");
    let error = read(undated.as_bytes(), &Layout::Epa, &Options::default()).unwrap_err();
    assert_eq!(error.code(), "import.unsaid");
}

#[test]
fn egrid_gives_total_output_and_never_the_margin() {
    let found = read(&bytes("egrid_2023.xlsx"), &Layout::Egrid, &Options::default()).unwrap();
    assert_eq!(refused(&found), []);
    let published = json("egrid_2023_states.json");
    let published = published["factors"].as_array().unwrap();
    let rates: BTreeMap<_, _> = found
        .candidates
        .iter()
        .map(|it| (it.factor.region.clone().unwrap(), figures(it)["co2e"].clone()))
        .collect();
    let states: Vec<_> = published.iter().filter(|it| it["region"] != "US-usa").collect();
    assert_eq!((states.len(), rates.len()), (51, 51));
    for (state, candidate) in states.into_iter().zip(&found.candidates) {
        let published = state["co2e_lb_per_mwh"].as_str().unwrap();
        assert_eq!(rates[state["region"].as_str().unwrap()], published);
        // To kilograms for each kWh, as Python's decimals have it.
        let request =
            Request::new("1".parse().unwrap(), "kWh", "2026-01-01T00:00:00Z".parse().unwrap());
        let result = compute(&request, &Terms::of(&candidate.factor, &candidate.version)).unwrap();
        let expected = state["expected_kg_per_kwh"].as_str().unwrap();
        assert_eq!(result.value.unrounded, expected.parse().unwrap());
    }
    assert!(found.candidates.iter().all(|it| it.factor.s2_method == Some(S2Method::Location)));
    assert!(found.notes[0].contains("STNBC2ER"));

    let rates = "State CO2 (lb/MWh),State CH4 (lb/GWh),State N2O (lb/MWh)\n";
    let text =
        format!(",,{rates}YEAR,PSTATABB,STCO2RTA,STCH4RTA,STN2ORTA\n2016,AL,912.5,80,0.013\n");
    let found = read(text.as_bytes(), &Layout::Egrid, &Options::default()).unwrap();
    let gases: Vec<_> = found.candidates[0].version.gases.keys().collect();
    assert_eq!(gases, ["co2", "n2o"], "methane for each GWh is no methane for each MWh");
    assert!(found.notes[0].contains("STCH4RTA"));

    let margin = "YEAR,PSTATABB,STNBCO2\n2023,AL,1500\n";
    let error = read(margin.as_bytes(), &Layout::Egrid, &Options::default()).unwrap_err();
    assert_eq!(error.code(), "import.not_for_footprints");
}

#[test]
fn ember_areas_are_taken_as_published_and_years_are_not_invented() {
    let file = bytes("ember_0_13_4.csv");
    let mut options = Options::default();
    let code = |options: &Options| read(&file, &Layout::Ember, options).unwrap_err().to_string();
    assert_eq!(code(&options), "the file does not say under which licence it may be used");
    options.licence =
        Some(Licence { name: "CC-BY-SA-4.0".into(), redistribute: true, attribution: None });
    assert_eq!(code(&options), "the file does not say of which years its figures are");
    options.valid = Some("2023-05-24/..".parse().unwrap());
    let found = read(&file, &Layout::Ember, &options).unwrap();
    let releases = json("factors_ember_releases.json");
    let published = releases["releases"][0]["values"].as_object().unwrap();
    // The file really says `1e3` there, and whoever wrote it may have meant something else.
    assert_eq!(
        refused(&found).iter().map(|it| (it.2, it.3)).collect::<Vec<_>>(),
        [("figure_invalid", "1e3")]
    );
    let plain: Vec<_> = published.iter().filter(|it| it.1 != "1e3").collect();
    assert_eq!((found.candidates.len(), published.len()), (100, 101));
    for (candidate, (area, figure)) in found.candidates.iter().zip(plain) {
        assert_eq!(candidate.factor.region.as_deref(), Some(area.as_str()));
        assert_eq!(figures(candidate)["co2e"], figure.as_str().unwrap());
    }

    // The long form, in which most rows are about something else.
    let text = "Area,ISO 3 code,Year,Variable,Unit,Value\n\
        Africa,,2022,CO2 intensity,gCO2/kWh,543.21\nAfrica,,2022,Demand,TWh,1\n\
        Kenya,KEN,2022,CO2 intensity,gCO2/kWh,99.9\nKenya,KEN,2023,CO2 intensity,gCO2/kWh,\n\
        Kenya,KEN,latest,CO2 intensity,gCO2/kWh,1\n";
    options.valid = None;
    let found = read(text.as_bytes(), &Layout::Ember, &options).unwrap();
    let ids: Vec<_> = found.candidates.iter().map(|it| it.factor.factor_id.as_str()).collect();
    assert_eq!(ids, ["ember.AFRICA", "ember.KEN"]);
    assert!(found.candidates[0].factor.aliases.contains("ember.Africa"));
    assert_eq!(found.candidates[1].version.valid.to_string(), "2022-01-01/2023-01-01");
    assert_eq!(
        refused(&found),
        [(5, "Value", "no_figure", ""), (6, "Year", "year_invalid", "latest")]
    );
}

const MAPPING: &str = r#"
version: 1
rows:
  skip: [{column: Status, is: [draft]}]
factor:
  id: "acme.{Fuel|slug}.per_{Unit|slug}"
  activity: "fuels.{Fuel|slug}"
  unit: "{Unit}"
  region: "{Country}"
  aliases: ["old.{Fuel|lower}"]
figures:
  gases: {co2e: "{Total}", ch4: "{Methane}"}
  basis: co2e
  gwp_set: AR5
  unit: kg
source: {publisher: Acme, dataset: fuel book, edition: "{Edition}"}
licence: {name: proprietary, redistribute: false}
valid: "{From}/{To}"
"#;

fn mapped(mapping: &str, file: &str) -> Result<Read, Error> {
    let mapping = Mapping::parse(mapping).unwrap_or_else(|error| panic!("{error}"));
    read(file.as_bytes(), &Layout::Mapped(Box::new(mapping)), &Options::default())
}

#[test]
fn a_mapping_says_what_columns_mean() {
    let text = "fuel book;;\nFuel;Unit;Country;Total;Methane;Edition;From;To;Status\n\
        Hard coal;t;DE;2400.50;n/a;7;2024-01-01;2025-01-01;final\n\
        Peat;t;DE;1;1;7;2024-01-01;2025-01-01;draft\n\
        Lignite;t;;980;3,5;7;2024-01-01;;final\n\
        Wood;t;;980;3.5;7;2024-01-01;;final\n\
        Straw;t;;980;3.5;7;31/06/2019;;final\n\
        Wood;t;;981;3.5;7;2024-01-01;;final\n";
    let found = mapped(MAPPING, text).unwrap();
    let coal = &found.candidates[0];
    assert_eq!(coal.factor.factor_id.as_str(), "acme.hard_coal.per_t");
    assert!(coal.factor.aliases.contains("old.hard coal"));
    assert_eq!(figures(coal), BTreeMap::from([("co2e".into(), "2400.50".into())]));
    assert_eq!(coal.version.absent["ch4"], "n/a");
    assert!(!coal.version.licence.redistribute);
    assert_eq!(found.candidates[1].version.valid.to_string(), "2024-01-01/..");
    assert_eq!(found.candidates[1].factor.region, None);
    assert_eq!(
        refused(&found),
        [
            (5, "Methane", "figure_invalid", "3,5"),
            (7, "valid", "interval_invalid", "31/06/2019/"),
            (8, "", "name_taken", ""),
        ]
    );
    let error = mapped(MAPPING, "Fuel;Unit;Total\nx;y;1\n").unwrap_err();
    assert_eq!(error.code(), "import.no_header");
}

#[test]
fn a_mapping_reads_records_with_numbers_as_they_are_written() {
    let mapping = r#"{"version": 1, "rows": {"list": "data.factors"},
        "factor": {"id": "{id}", "activity": "a", "unit": "kWh"},
        "figures": {"gases": {"co2e": "{gases.co2e}"}, "basis": "co2e", "unit": "g"},
        "source": {"publisher": "p", "dataset": "d"},
        "licence": {"name": "CC0-1.0", "redistribute": true}, "valid": "{year}"}"#;
    let text = r#"{"data": {"factors": [
        {"id": "a", "year": 2024, "gases": {"co2e": 2.5200000000000005000}},
        {"id": "b", "year": 2024, "gases": {"co2e": 1e3}},
        {"id": "c", "year": 2024, "gases": {"co2e": null}},
        {"id": "d", "year": "24", "gases": {"co2e": 1}}]}}"#;
    let found = mapped(mapping, text).unwrap();
    assert_eq!(figures(&found.candidates[0])["co2e"], "2.5200000000000005000");
    assert_eq!(
        refused(&found),
        [
            (3, "gases.co2e", "figure_invalid", "1e3"),
            (4, "", "no_figure", ""),
            (5, "valid", "interval_invalid", "24"),
        ]
    );
}

#[test]
fn a_mapping_that_cannot_be_used_says_where() {
    for (from, to, line) in [
        ("  unit: kg", "  units: kg", Some(15)),
        ("  basis: co2e", "  basis: CO2e", Some(13)),
        ("\"{Total}\"", "\"{Total} kg\"", None),
        ("{Fuel|slug}\"", "{Fuel|snake}\"", None),
        ("version: 1", "version: 2", None),
        ("valid:", "valid: [", Some(18)),
    ] {
        let error = Mapping::parse(&MAPPING.replace(from, to)).unwrap_err();
        assert_eq!(error.line.is_some(), line.is_some(), "{to}: {error} {:?}", error.line);
        assert!(!error.to_string().contains('\n'), "{error}");
    }
}

fn layouts() -> Vec<Layout> {
    let mapping = Mapping::parse(MAPPING).unwrap();
    let mapped = Layout::Mapped(Box::new(mapping));
    vec![Layout::Uk, Layout::Epa, Layout::Egrid, Layout::Ember, mapped]
}

fn endure(bytes: &[u8]) {
    let mut options = Options::default();
    options.licence = Some(Licence { name: "x".into(), redistribute: true, attribution: None });
    options.valid = Some("2024-01-01/..".parse().unwrap());
    for layout in layouts() {
        let Ok(read) = read(bytes, &layout, &options) else { continue };
        for candidate in read.candidates {
            candidate.factor.check().unwrap();
            candidate.version.check().unwrap();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        endure(&bytes);
    }

    #[test]
    fn no_cells_make_a_reader_panic(
        cells in proptest::collection::vec("[-0-9.,eNA<>% a-cé\"]{0,9}", 12..60),
        edition in 1990..2110_u32,
    ) {
        let rows: Vec<_> = cells.chunks(2).filter(|it| it.len() == 2).collect();
        let rows: Vec<_> = rows.iter().map(|it| (&*it[0], "kg CO2e", &*it[1])).collect();
        endure(flat(edition, &rows).as_bytes());
        endure(format!("YEAR,PSTATABB,STCO2RTA\n{}", cells.join(",")).as_bytes());
        endure(format!("Area,Year,intensity gCO2/kWh\n{}", cells.join(",")).as_bytes());
        endure(format!("Fuel Type,kg CO2 per mmBtu\n{}", cells.join(",")).as_bytes());
    }

    #[test]
    fn no_damage_to_a_workbook_makes_a_reader_panic(
        damage in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = bytes("egrid_2023.xlsx");
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        endure(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        endure(&bytes);
    }
}
