//! US EPA eGRID: annual emission rates of electricity, in pounds for each MWh.
//!
//! A sheet has a row of long names and below it a row of codes: `YEAR`, `PSTATABB` or `SUBRGN`, and
//! `STCO2RTA` and the like for the rates of total output. Non-baseload rates (`STNBCO2` and the like) say
//! what one more unit causes; no footprint may be made of them, so they are left out. Names of columns:
//! eGRID Technical Guide, appendix on file structure.

use super::Error;
use super::reading::{Reading, columns, no_header, put};
use super::table::{Row, Table};
use super::words::{plain, year};
use crate::factors::{Factor, GasBasis, Interval, ResultUnit, S2Method, Version};

/// A kind of sheet: the column that names the place, the beginning of all codes, and how names begin.
const SHEETS: [(&str, &str, &str); 3] = [
    ("pstatabb", "st", "egrid.state."),
    ("subrgn", "sr", "egrid.subregion."),
    ("", "us", "egrid."),
];

const GASES: [(&str, &str); 4] =
    [("co2rta", "co2"), ("ch4rta", "ch4"), ("n2orta", "n2o"), ("c2erta", "co2e")];

struct Header {
    place: Option<u32>,
    prefix: &'static str,
    year: Option<u32>,
    /// Gas, column, and how it is called.
    rates: Vec<(&'static str, u32, String)>,
    other: Vec<String>,
}

pub(super) fn read(tables: &[Table], reading: &mut Reading<'_>) -> Result<(), Error> {
    let mut found = false;
    let mut marginal = false;
    for table in tables {
        let at = table.rows.iter().take(20).position(|row| header(row).is_some());
        let Some((at, header)) = at.and_then(|at| Some((at, header(&table.rows[at])?))) else {
            continue;
        };
        marginal |= !header.other.is_empty();
        if header.rates.is_empty() {
            continue;
        }
        found = true;
        reading.sheet.clone_from(&table.sheet);
        if !header.other.is_empty() {
            reading.note(format!(
                "non-baseload rates were left out, no footprint may be made of them: {}",
                header.other.join(", ")
            ));
        }
        sheet(table, at, header, reading)?;
    }
    match (found, marginal) {
        (true, _) => Ok(()),
        (false, true) => Err(Error::NotForFootprints { what: "non-baseload rates" }),
        (false, false) => Err(no_header("PSTATABB or SUBRGN and STCO2RTA or the like")),
    }
}

fn header(row: &Row) -> Option<Header> {
    for (place, codes, prefix) in SHEETS {
        let [place_at, year] = columns(row, [&[place], &["year"]]);
        if place_at.is_none() && !place.is_empty() {
            continue;
        }
        let mut rates = Vec::new();
        let mut other = Vec::new();
        for (column, text) in row.cells() {
            let code = plain(text);
            let Some(rest) = code.strip_prefix(codes) else { continue };
            match GASES.iter().find(|(suffix, _)| *suffix == rest) {
                Some((_, gas)) => rates.push((*gas, column, text.to_owned())),
                // Behind `STNB` nitrogen oxides and sulphur dioxide come too: no gases of warming.
                None if ["nbco2", "nbch4", "nbn2o", "nbc2er"].contains(&rest) => {
                    other.push(text.to_owned());
                }
                None => {}
            }
        }
        if !rates.is_empty() || !other.is_empty() {
            return Some(Header { place: place_at, prefix, year, rates, other });
        }
    }
    None
}

fn sheet(
    table: &Table,
    at: usize,
    mut header: Header,
    reading: &mut Reading<'_>,
) -> Result<(), Error> {
    // Older editions give methane and nitrous oxide in pounds for each GWh.
    let long_names = at.checked_sub(1).map(|above| &table.rows[above]);
    header.rates.retain(|(_, column, name)| {
        let long = long_names.map_or_else(String::new, |row| plain(row.at(*column)));
        let other_unit = long.contains("lb/gwh") || long.contains("kg/") || long.contains("g/kwh");
        if other_unit {
            reading.note(format!("`{name}` was left out: it is not in lb/MWh but `{long}`"));
        }
        !other_unit
    });
    let said = reading.options.edition.as_deref().and_then(year);
    for row in &table.rows[at + 1..] {
        let of_row = header.year.map_or("", |it| row.at(it));
        let Some(of_year) = (if header.year.is_some() { year(of_row) } else { said }) else {
            if header.year.is_none() {
                return Err(Error::Unsaid {
                    what: "which year its rates are of",
                    hint: "name the edition: `2023`",
                });
            }
            reading.refuse(row.number, Some("YEAR"), "year_invalid", "this is no year", of_row);
            continue;
        };
        if let Some(said) = said
            && said != of_year
        {
            let found = of_year.to_string();
            return Err(Error::Contradiction { found, said: said.to_string() });
        }
        place(row, &header, of_year, reading);
    }
    Ok(())
}

/// The rates of one place: its gases as masses, and the CO2e that the EPA made of them.
fn place(row: &Row, header: &Header, of_year: i32, reading: &mut Reading<'_>) {
    let place = header.place.map_or("US", |it| row.at(it));
    let is_state = header.prefix == "egrid.state.";
    let odd = place.is_empty() || !place.bytes().all(|it| it.is_ascii_alphanumeric());
    if odd || (is_state && place.len() != 2) {
        reading.refuse(row.number, None, "place_invalid", "this names no place", place);
        return;
    }
    let Ok(of_year_valid) = Interval::of_year(of_year) else { return };
    let valid = reading.options.valid.unwrap_or(of_year_valid);
    let edition = reading.options.edition.clone().unwrap_or_else(|| of_year.to_string());
    let source = reading.options.source("US EPA", "eGRID", Some(edition), reading.file);
    let licence = reading.options.licence("US-Government-Work", Some("US EPA, eGRID"));
    let region = if is_state { format!("US-{place}") } else { place.to_owned() };
    for (basis, suffix) in [(GasBasis::Mass, ""), (GasBasis::Co2e, ".co2e")] {
        let of_basis = |gas: &str| (gas == "co2e") == (basis == GasBasis::Co2e);
        let rates: Vec<_> = header.rates.iter().filter(|it| of_basis(it.0)).collect();
        if rates.is_empty() {
            continue;
        }
        let Some(id) = reading.name(row.number, &format!("{}{place}{suffix}", header.prefix))
        else {
            return;
        };
        let mut factor = Factor::new(id.clone(), "electricity.grid", Some(&region), "MWh");
        factor.scope = Some("2".to_owned());
        factor.s2_method = Some(S2Method::Location);
        let (source, licence) = (source.clone(), licence.clone());
        let mut version = Version::new(id, basis, ResultUnit::Lb, source, licence, valid);
        if basis == GasBasis::Co2e {
            version.gwp_set.clone_from(&reading.options.gwp_set);
        }
        version.rows = vec![row.number.to_string()];
        let mut whole = true;
        for (gas, column, name) in rates {
            let text = row.at(*column);
            match reading.cell(row.number, name, text) {
                Some(cell) => put(&mut version, gas, cell, text),
                None => whole = false,
            }
        }
        if whole {
            reading.take(row.number, factor, version);
        }
    }
}
