//! Carbon intensity of electricity by area and year, as Ember publishes it.
//!
//! Either a table with a column of intensities (`Area`, `ISO 3 code`, `Year`, `Emissions intensity
//! (gCO2/kWh)`), or the long form in which `Variable` says what `Value` is. Codes and names of areas are
//! taken as published: countries have ISO 3166-1 alpha-3 codes, aggregates only a name. An aggregate that
//! is written `Africa` is the factor `ember.AFRICA` with the alias `ember.Africa`, because releases
//! differ in that alone.

use super::Error;
use super::reading::{Reading, columns, no_header, put};
use super::table::{Row, Table};
use super::words::{plain, year};
use crate::Cell;
use crate::factors::{Factor, GasBasis, Interval, ResultUnit, S2Method, Version};

/// Where the columns are.
struct Header {
    area: Option<u32>,
    code: Option<u32>,
    year: Option<u32>,
    /// In the long form: what the value is, and its unit.
    long: Option<(u32, u32)>,
    value: u32,
    value_name: String,
}

pub(super) fn read(tables: &[Table], reading: &mut Reading<'_>) -> Result<(), Error> {
    let found = tables.iter().find_map(|table| {
        let at = table.rows.iter().take(60).position(|row| header(row).is_some())?;
        Some((table, at, header(&table.rows[at])?))
    });
    let Some((table, at, header)) = found else {
        return Err(no_header("an area or its code, and an intensity in gCO2/kWh"));
    };
    reading.sheet.clone_from(&table.sheet);
    if reading.options.licence.is_none() {
        return Err(Error::Unsaid {
            what: "under which licence it may be used",
            hint: "name the licence, such as CC-BY-4.0 or CC-BY-SA-4.0, as it stands where you got the file",
        });
    }
    if header.year.is_none() && reading.options.valid.is_none() {
        return Err(Error::Unsaid {
            what: "of which years its figures are",
            hint: "say for which days they are valid; each country may have another latest year",
        });
    }
    if header.year.is_some() && reading.options.valid.is_some() {
        reading.note("each row names its year: the days that were said are not taken");
    }
    for row in &table.rows[at + 1..] {
        if header.long.is_some_and(|(variable, unit)| !is_intensity(row.at(variable), row.at(unit)))
        {
            continue;
        }
        area(row, &header, reading);
    }
    Ok(())
}

fn header(row: &Row) -> Option<Header> {
    let [area, code, year, variable, unit, value] = columns(
        row,
        [
            &["area", "country or region", "country", "entity", "region"],
            &[
                "iso 3 code",
                "country code",
                "code",
                "iso3",
                "alpha-3",
                "country_code_iso_3",
                "country_code",
            ],
            &["year", "date"],
            &["variable"],
            &["unit"],
            &["value"],
        ],
    );
    area.or(code)?;
    if let (Some(variable), Some(unit), Some(value)) = (variable, unit, value) {
        let long = Some((variable, unit));
        return Some(Header { area, code, year, long, value, value_name: "Value".to_owned() });
    }
    let (value, name) = row.cells().find(|(_, text)| is_intensity(text, text))?;
    Some(Header { area, code, year, long: None, value, value_name: name.to_owned() })
}

/// Whether a column is an intensity in grams for each kWh, by its name and its unit.
fn is_intensity(name: &str, unit: &str) -> bool {
    let letters = |text: &str| {
        plain(text).chars().filter(|it| it.is_alphanumeric() || *it == '/').collect::<String>()
    };
    let (name, unit) = (letters(name), letters(unit));
    let units =
        ["gco2/kwh", "gco2e/kwh", "gco2eq/kwh", "gco2perkwh", "gco2eperkwh", "gco2eqperkwh"];
    name.contains("intensity") && units.iter().any(|it| unit.contains(it))
}

fn area(row: &Row, header: &Header, reading: &mut Reading<'_>) {
    let text = |column: Option<u32>| column.map_or("", |it| row.at(it));
    let (area, code) = (text(header.area), text(header.code));
    let published = if code.is_empty() { area } else { code };
    if published.is_empty() {
        reading.refuse(row.number, None, "cell_missing", "neither an area nor a code is given", "");
        return;
    }
    let valid = match (reading.options.valid, header.year) {
        (Some(valid), None) => valid,
        _ => {
            let said = text(header.year);
            let of_year = Some(said).filter(|it| it.len() == 4).and_then(year);
            let Some(Ok(valid)) = of_year.map(Interval::of_year) else {
                reading.refuse(row.number, Some("Year"), "year_invalid", "this is no year", said);
                return;
            };
            valid
        }
    };
    let value = row.at(header.value);
    let Some(cell) = reading.cell(row.number, &header.value_name, value) else { return };
    if let Cell::Absent(_) = cell {
        let reason = "there is no figure for this area and year";
        reading.refuse(row.number, Some(&header.value_name), "no_figure", reason, value);
        return;
    }
    let region = published.to_uppercase();
    let Some(id) = reading.name(row.number, &format!("ember.{region}")) else { return };
    let mut factor = Factor::new(id.clone(), "electricity.grid", Some(&region), "kWh");
    factor.s2_method = Some(S2Method::Location);
    if region != published
        && let Some(alias) = reading.name(row.number, &format!("ember.{published}"))
    {
        factor.aliases.insert(alias);
    }
    let edition = reading.options.edition.clone();
    let dataset = "carbon intensity of electricity";
    let source = reading.options.source("Ember", dataset, edition, reading.file);
    let licence = reading.options.licence("", None);
    let mut version = Version::new(id, GasBasis::Co2e, ResultUnit::G, source, licence, valid);
    version.gwp_set.clone_from(&reading.options.gwp_set);
    version.rows = vec![row.number.to_string()];
    put(&mut version, "co2e", cell, value);
    reading.take(row.number, factor, version);
}
