//! The US EPA GHG Emission Factors Hub: tables of stationary combustion.
//!
//! Below a header (`Fuel Type`, `Heat Content (HHV)`, …) stands a row of units, and again wherever they
//! change: `mmBtu per gallon`, `kg CO2 per mmBtu`, `g CH4 per mmBtu`, … `g N2O per gallon`. A row with
//! nothing but a name begins a group. Each fuel gives two factors, for each mmBtu and for each gallon,
//! short ton or scf. The figures are masses of gases: carbon dioxide in kilograms, the others in grams,
//! which are written here as kilograms, exactly.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::Error;
use super::reading::{Reading, columns, no_header, put};
use super::table::{Row, Table};
use super::words::{beginning, plain, slug};
use crate::factors::{Factor, GasBasis, Interval, ResultUnit, Version};
use crate::{Cell, Decimal};

/// The column of one gas for one unit of activity.
struct Figure {
    column: u32,
    gas: &'static str,
    grams: bool,
    name: String,
}

/// What holds until another row says something else.
struct State {
    active: bool,
    fuel: Option<u32>,
    basis: Option<&'static str>,
    group: String,
    /// Columns by the unit of activity, as it is written.
    figures: BTreeMap<String, Vec<Figure>>,
}

pub(super) fn read(tables: &[Table], reading: &mut Reading<'_>) -> Result<(), Error> {
    let modified = tables.iter().flat_map(|it| &it.rows).find_map(last_modified);
    let valid = match (reading.options.valid, modified) {
        (Some(valid), _) => valid,
        (None, Some(day)) => Interval::open(day).map_err(|_| unsaid())?,
        (None, None) => return Err(unsaid()),
    };
    let edition = reading.options.edition.clone();
    let edition = edition.or_else(|| modified.map(|day| day.to_string()));
    let mut found = false;
    for table in tables {
        reading.sheet.clone_from(&table.sheet);
        let mut state = State {
            active: true,
            fuel: None,
            basis: None,
            group: String::new(),
            figures: BTreeMap::new(),
        };
        for row in &table.rows {
            if begins(row, &mut state, reading) || header(row, &mut state) || units(row, &mut state)
            {
                continue;
            }
            let (true, Some(fuel_at)) = (state.active, state.fuel) else { continue };
            if state.figures.is_empty() {
                continue;
            }
            found = true;
            let name = row.at(fuel_at);
            let figures = state.figures.values().flatten();
            if figures.clone().all(|it| row.at(it.column).is_empty()) {
                // A group, or a remark below the table.
                if !name.is_empty() {
                    state.group = beginning(name);
                }
                continue;
            }
            if name.is_empty() {
                let reason = "there are figures and no fuel";
                reading.refuse(row.number, Some("Fuel Type"), "cell_missing", reason, "");
                continue;
            }
            fuel(row, name, &state, edition.as_deref(), valid, reading);
        }
    }
    if found { Ok(()) } else { Err(no_header("Fuel Type, and `kg CO2 per mmBtu` or the like")) }
}

fn unsaid() -> Error {
    Error::Unsaid {
        what: "when it was last modified",
        hint: "say for which days its figures are valid: `2025-01-15/..`",
    }
}

/// The day of `Last Modified: 15 January 2025`, in one cell or in two.
fn last_modified(row: &Row) -> Option<NaiveDate> {
    let mut cells = row.cells();
    let (_, text) = cells.find(|(_, text)| plain(text).starts_with("last modified"))?;
    let here = text.split_once(':').map_or("", |it| it.1).trim();
    let text = if here.is_empty() { cells.next()?.1 } else { here };
    ["%d %B %Y", "%B %d, %Y", "%Y-%m-%d"]
        .iter()
        .find_map(|format| NaiveDate::parse_from_str(text, format).ok())
}

/// Whether a row is the title of a table: `Table 1`, `Stationary Combustion`.
fn begins(row: &Row, state: &mut State, reading: &mut Reading<'_>) -> bool {
    let Some((_, first)) = row.cells().next() else { return true };
    let number = plain(first).strip_prefix("table ").and_then(|it| it.chars().next());
    if !number.is_some_and(|it| it.is_ascii_digit()) {
        return false;
    }
    let title: Vec<_> = row.cells().map(|it| it.1).collect();
    let title = title.join(" ");
    state.active = plain(&title).contains("stationary combustion");
    (state.fuel, state.basis) = (None, None);
    state.group.clear();
    state.figures.clear();
    if !state.active {
        reading.note(format!(
            "`{}` was passed over: only stationary combustion is read",
            beginning(&title)
        ));
    }
    true
}

fn header(row: &Row, state: &mut State) -> bool {
    let [fuel] = columns(row, [&["fuel type", "fuel"]]);
    if fuel.is_none() {
        return false;
    }
    state.fuel = fuel;
    let said = |basis: &str| row.cells().any(|(_, text)| plain(text).contains(basis));
    state.basis = ["hhv", "lhv"].into_iter().find(|basis| said(basis));
    // Units may stand in the header itself.
    units(row, state);
    true
}

/// Whether a row says in which units the rows below it are.
fn units(row: &Row, state: &mut State) -> bool {
    let mut figures: BTreeMap<String, Vec<Figure>> = BTreeMap::new();
    for (column, text) in row.cells() {
        let words = plain(text);
        let words = words.split_once('(').map_or(words.as_str(), |it| it.1.trim_end_matches(')'));
        let Some((mass, unit)) = words.split_once(" per ").or_else(|| words.split_once('/')) else {
            continue;
        };
        let (grams, gas) = match mass.trim() {
            "kg co2" => (false, "co2"),
            "kg ch4" => (false, "ch4"),
            "kg n2o" => (false, "n2o"),
            "g co2" => (true, "co2"),
            "g ch4" => (true, "ch4"),
            "g n2o" => (true, "n2o"),
            _ => continue,
        };
        let name = text.to_owned();
        let figure = Figure { column, gas, grams, name };
        figures.entry(unit.trim().to_owned()).or_default().push(figure);
    }
    let found = !figures.is_empty();
    if found {
        state.figures = figures;
    }
    found
}

/// The factors of one fuel.
fn fuel(
    row: &Row,
    name: &str,
    state: &State,
    edition: Option<&str>,
    valid: Interval,
    reading: &mut Reading<'_>,
) {
    let (group, fuel) = (slug(&state.group), slug(name));
    let activity = match group.as_str() {
        "" => format!("stationary.{fuel}"),
        group => format!("stationary.{group}.{fuel}"),
    };
    let dataset = "GHG Emission Factors Hub";
    let edition = edition.map(str::to_owned);
    let source = reading.options.source("US EPA", dataset, edition, reading.file);
    let licence = reading.options.licence("US-Government-Work", Some("US EPA"));
    let thousandth: Decimal = "0.001".parse().expect("it is a number");
    for (unit, figures) in &state.figures {
        let per = format!("epa_hub.{activity}.per_{}", slug(unit));
        let Some(id) = reading.name(row.number, &per) else { return };
        let is_energy = unit == "mmbtu";
        // An unqualified gallon is the publisher's own.
        let spelled = match unit.as_str() {
            "mmbtu" => "mmBtu",
            "gallon" => "gal (US)",
            other => other,
        };
        let mut factor = Factor::new(id.clone(), activity.clone(), Some("US"), spelled);
        factor.scope = Some("1".to_owned());
        factor.category = Some(state.group.clone()).filter(|it| !it.is_empty());
        factor.basis = state.basis.filter(|_| is_energy).map(str::to_uppercase);
        factor.biogenic = Some(plain(&state.group).contains("biomass"));
        let (source, licence) = (source.clone(), licence.clone());
        let mut version = Version::new(id, GasBasis::Mass, ResultUnit::Kg, source, licence, valid);
        version.rows = vec![row.number.to_string()];
        let mut whole = true;
        for figure in figures {
            let text = row.at(figure.column);
            let cell = match reading.cell(row.number, &figure.name, text) {
                Some(Cell::Number(mass)) if figure.grams => Cell::Number(&mass * &thousandth),
                Some(cell) => cell,
                None => {
                    whole = false;
                    continue;
                }
            };
            put(&mut version, figure.gas, cell, text);
        }
        if whole {
            reading.take(row.number, factor, version);
        }
    }
}
