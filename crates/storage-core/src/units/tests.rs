//! Each row against another way to its size, and the names of real files.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::Digest;

fn unit(text: &str) -> Unit {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn product(factors: &[&str]) -> Decimal {
    factors.iter().fold(Decimal::from(1), |product, factor| &product * &factor.parse().unwrap())
}

/// Half, twelfth: an exact quotient of decimals.
fn quotient(above: &[&str], below: &[&str]) -> Decimal {
    let inverse = Ratio::from(&product(below)).inverse().unwrap();
    (Ratio::from(&product(above)) * inverse).exact().unwrap()
}

/// How each size follows from other definitions than the one its row cites: metric units from their
/// prefix, the others from an older unit of their own system.
fn derived() -> BTreeMap<&'static str, Decimal> {
    let inch = "0.0254";
    let foot = &*product(&["12", inch]).to_string();
    let yard = &*product(&["36", inch]).to_string();
    let mile = &*product(&["5280", foot]).to_string();
    let gallon = &*product(&["231", inch, inch, inch]).to_string();
    // 7000 grains of 64.79891 mg.
    let pound = &*product(&["7000", "0.00006479891"]).to_string();
    let cubic_foot = &*product(&["1728", inch, inch, inch]).to_string();
    // One Btu for a pound is 2326 J for a kilogram, exactly (Fifth International Conference on the
    // Properties of Steam, 1956).
    let btu = &*product(&["2326", pound]).to_string();
    // Seconds of an hour times watts.
    let watt_hours = |watts| product(&["60", "60", watts]);
    // A metric prefix, by its power of ten.
    let ten = |power: u32| Decimal::from(10_u64.pow(power));
    let tenth = |power: u32| Ratio::from(&ten(power)).inverse().unwrap().exact().unwrap();
    BTreeMap::from([
        ("J", ten(0)),
        ("kJ", ten(3)),
        ("MJ", ten(6)),
        ("GJ", ten(9)),
        ("TJ", ten(12)),
        ("PJ", ten(15)),
        ("Wh", watt_hours("1")),
        ("kWh", watt_hours("1000")),
        ("MWh", watt_hours("1000000")),
        ("GWh", watt_hours("1000000000")),
        ("TWh", watt_hours("1000000000000")),
        ("Btu", product(&[btu])),
        ("mmBtu", product(&["1000", "1000", btu])),
        ("therm", product(&["100000", btu])),
        // 100 000 Btu at 59 degrees Fahrenheit, 1054.804 J each (NIST SP 811, B.8).
        ("therm (US)", product(&["100000", "1054.804"])),
        ("Dth", product(&["10", "100000", btu])),
        // A kelvin is 9/5 of a degree Fahrenheit.
        ("kcal (IT)", quotient(&["2326", "9"], &["5"])),
        ("kcal (th)", product(&["1000", "4.184"])),
        // Ten million, and seven million, kilocalories.
        ("toe", product(&["10000000", "4186.8"])),
        ("tce", product(&["7000000", "4186.8"])),
        ("mg", tenth(6)),
        ("g", tenth(3)),
        ("kg", ten(0)),
        ("t", ten(3)),
        ("kt", ten(6)),
        ("Mt", ten(9)),
        ("lb", product(&[pound])),
        ("oz", quotient(&[pound], &["16"])),
        ("short ton", product(&["20", "100", pound])),
        ("long ton", product(&["20", "112", pound])),
        // A litre is a cubic decimetre.
        ("ml", product(&["0.01", "0.01", "0.01"])),
        ("l", product(&["0.1", "0.1", "0.1"])),
        ("hl", product(&["100", "0.1", "0.1", "0.1"])),
        ("m3", ten(0)),
        ("Ml", product(&["1000000", "0.1", "0.1", "0.1"])),
        ("ft3", product(&[cubic_foot])),
        ("ccf", product(&["100", cubic_foot])),
        ("Mcf", product(&["1000", cubic_foot])),
        ("yd3", product(&[yard, yard, yard])),
        ("gal (US)", product(&[gallon])),
        // Eight pints of 0.56826125 litres (Units of Measurement Regulations 1995).
        ("gal (UK)", product(&["8", "0.56826125", "0.001"])),
        ("bbl", product(&["42", gallon])),
        ("scf", product(&[cubic_foot])),
        ("Mscf", product(&["1000", cubic_foot])),
        ("MMscf", product(&["1000", "1000", cubic_foot])),
        ("Nm3", ten(0)),
        ("Sm3", ten(0)),
        ("mm", tenth(3)),
        ("cm", tenth(2)),
        ("m", ten(0)),
        ("km", ten(3)),
        ("mile", product(&[mile])),
        // A minute of arc where the meridian has 40 003.2 km: by definition since 1929.
        ("nmi", quotient(&["40003200"], &["360", "60"])),
        ("ft", product(&[foot])),
        ("yd", product(&[yard])),
        ("m2", ten(0)),
        ("km2", product(&["1000", "1000"])),
        ("ha", product(&["100", "100"])),
        ("ft2", product(&[foot, foot])),
        ("acre", product(&["4840", yard, yard])),
        ("mi2", product(&[mile, mile])),
        ("s", ten(0)),
        ("min", product(&["60"])),
        ("h", product(&["60", "60"])),
        ("day", product(&["24", "60", "60"])),
        ("passenger", ten(0)),
        ("vehicle", ten(0)),
        ("person", ten(0)),
        ("employee", ten(0)),
        ("room", ten(0)),
        ("night", ten(0)),
        ("item", ten(0)),
    ])
}

#[test]
fn every_size_follows_from_other_definitions() {
    let derived = derived();
    assert_eq!(rows().len(), derived.len());
    for row in rows() {
        assert_eq!(Some(&row.size), derived.get(row.symbol), "{}", row.symbol);
        assert!(!row.source.is_empty(), "{} has no source", row.symbol);
    }
}

/// The seven digits that NIST SP 811 prints in B.8: another pair of eyes on the large mistakes.
#[test]
fn the_sizes_agree_with_the_printed_table() {
    for (symbol, printed) in [
        ("Btu", "1055.056"),
        ("therm (US)", "105480400"),
        ("kWh", "3600000"),
        ("lb", "0.4535924"),
        ("oz", "0.02834952"),
        ("short ton", "907.1847"),
        ("long ton", "1016.047"),
        ("ft3", "0.02831685"),
        ("yd3", "0.7645549"),
        ("gal (US)", "0.003785412"),
        ("gal (UK)", "0.00454609"),
        ("bbl", "0.1589873"),
        ("mile", "1609.344"),
        ("nmi", "1852"),
        ("ft2", "0.09290304"),
        ("mi2", "2589988"),
    ] {
        let row = rows().iter().find(|row| row.symbol == symbol).unwrap();
        let digits = printed.replace('.', "").trim_matches('0').len() as u32;
        assert_eq!(row.ratio().significant(digits), printed.parse().unwrap(), "{symbol}");
    }
}

/// A changed table is another table: results are pinned to its version.
#[test]
fn the_version_of_the_table_moves_with_its_bytes() {
    let digest = Digest::of(include_bytes!("table.csv")).to_string();
    assert_eq!(
        (TABLE_VERSION, digest.as_str()),
        ("units/1", "sha256:58212091122c9718ecb0bd67a6f065d73a1917b791c713a4aed625228f16905e")
    );
}

#[test]
fn every_name_leads_to_its_row_and_back() {
    for row in rows() {
        for name in &row.names {
            let read = unit(name);
            assert_eq!(read.to_string(), row.symbol, "{name}");
            assert_eq!(unit(&read.to_string()), read);
        }
    }
}

#[test]
fn real_files_are_understood() {
    for (text, own) in [
        ("tonnes", "t"),
        ("kWh (Net CV)", "kWh (Net CV)"),
        ("kWh (Gross CV)", "kWh (Gross CV)"),
        ("GJ HHV", "GJ (Gross CV)"),
        ("litres", "l"),
        ("cubic metres", "m3"),
        ("kWh", "kWh"),
        ("million litres", "1000000 l"),
        ("passenger.km", "passenger.km"),
        ("Passenger-mile", "passenger.mile"),
        ("tonne.km", "t.km"),
        ("tkm", "t.km"),
        ("vehicle-mile", "vehicle.mile"),
        ("Short Ton-Mile", "short ton.mile"),
        ("miles", "mile"),
        ("scf", "scf"),
        ("mmBtu", "mmBtu"),
        ("MMBTU", "mmBtu"),
        ("thousand cubic feet", "Mcf"),
        ("kWH", "kWh"),
        ("Room per night", "room.night"),
        ("US gallons", "gal (US)"),
        ("gallon (UK)", "gal (UK)"),
        ("m³", "m3"),
        ("EUR 2022", "EUR (2022)"),
        ("GBP (2021 prices)", "GBP (2021)"),
    ] {
        let read = text.parse::<Unit>().map(|unit| unit.to_string()).unwrap_or_default();
        assert_eq!(read, own, "{text}");
    }
}

#[test]
fn doubt_is_refused() {
    for (text, code) in [
        ("gallon", "unit.ambiguous"),
        ("ton", "unit.ambiguous"),
        ("ton.km", "unit.ambiguous"),
        ("MT", "unit.ambiguous"),
        ("MBtu", "unit.ambiguous"),
        ("kcal", "unit.ambiguous"),
        ("years", "unit.ambiguous"),
        ("furlong", "unit.unknown"),
        ("eur", "unit.unknown"),
        ("1.5 kg", "unit.unknown"),
        ("", "unit.malformed"),
        ("million", "unit.unknown"),
        ("-5 kg", "unit.malformed"),
        ("2022 EUR", "unit.malformed"),
        ("t (Net CV)", "unit.malformed"),
        ("kWh (Net CV) (Gross CV)", "unit.unknown"),
        ("kg/kWh", "unit.unknown"),
    ] {
        assert_eq!(text.parse::<Unit>().unwrap_err().code(), code, "{text}");
    }
    assert_eq!(Unit::parse("gallons", Dialect::Uk).unwrap().to_string(), "gal (UK)");
    assert_eq!(Unit::parse("ton-mile", Dialect::Us).unwrap().to_string(), "short ton.mile");
}

/// T19: conversions are exact, and the calorific bases are never mixed silently.
#[test]
fn t19_conversions_are_exact_and_bases_stay_apart() {
    for (quantity, from, to, result) in [
        ("1", "kWh", "MWh", "1/1000"),
        ("1", "kWh", "GJ", "9/2500"),
        ("1", "GJ", "kWh", "2500/9"),
        ("1", "therm", "kWh", "52752792631/1800000000"),
        ("10", "therms", "mmBtu", "1"),
        ("1500", "litres", "m3", "3/2"),
        ("1", "mile", "km", "25146/15625"),
        ("1", "km", "mile", "15625/25146"),
        ("1", "lb", "kg", "45359237/100000000"),
        ("1", "lb", "short ton", "1/2000"),
        ("2", "million litres", "m3", "2000"),
        ("1", "kWh (HHV)", "MJ (Gross CV)", "18/5"),
        ("1", "GBP (2021)", "GBP (2021)", "1"),
    ] {
        let converted = convert(&quantity.parse().unwrap(), &unit(from), &unit(to));
        assert_eq!(converted.unwrap().to_string(), result, "{quantity} {from} in {to}");
    }
    for (from, to, code) in [
        ("kWh (Gross CV)", "kWh (Net CV)", "unit.other_basis"),
        ("kWh", "kWh (Net CV)", "unit.basis_missing"),
        ("scf", "ft3", "unit.basis_missing"),
        ("scf", "Nm3", "unit.other_basis"),
        ("l", "kg", "unit.incommensurable"),
        ("passenger.km", "vehicle.km", "unit.incommensurable"),
        ("EUR", "GBP", "unit.incommensurable"),
        ("EUR (2021)", "EUR (2022)", "unit.other_basis"),
        ("EUR", "EUR (2022)", "unit.basis_missing"),
    ] {
        assert_eq!(unit(from).to(&unit(to)).unwrap_err().code(), code, "{from} in {to}");
    }
}

#[test]
fn rates_are_read_in_both_spellings() {
    for (text, own) in [
        ("kg/kWh", "kg/kWh"),
        ("lb/MWh", "lb/MWh"),
        ("g per mmBtu", "g/mmBtu"),
        ("kg CO2e per passenger.km", "kg CO2e/passenger.km"),
        ("kgCO2e/tkm", "kg CO2e/t.km"),
        ("mmBtu (HHV) per scf", "mmBtu (Gross CV)/scf"),
    ] {
        let rate: Rate = text.parse().unwrap();
        assert_eq!(rate.to_string(), own, "{text}");
        assert_eq!(rate.to_string().parse::<Rate>(), Ok(rate));
    }
    for text in ["kg", "kg/", "kg/kWh/h", "CO2e/kWh"] {
        assert!(text.parse::<Rate>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_a_panic(text in ".{0,140}") {
        let _ = Unit::parse(&text, Dialect::Us);
        let _ = Rate::parse(&text, Dialect::Uk);
    }

    #[test]
    fn there_and_back_is_one(from in 0..rows().len(), to in 0..rows().len()) {
        let (from, to) = (unit(rows()[from].symbol), unit(rows()[to].symbol));
        if let Ok(there) = from.to(&to) {
            prop_assert_eq!(there * to.to(&from).unwrap(), Ratio::one());
        }
    }
}
