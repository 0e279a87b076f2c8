//! The flat file of the UK Government GHG Conversion Factors for Company Reporting.
//!
//! One row for each gas of each factor: `ID` (since 2023), `Scope`, `Level 1` to `Level 4`, `Column
//! Text`, `UOM`, `GHG/Unit` and `GHG Conversion Factor 2024`. All figures are kilograms CO2e, also where
//! the unit says `kg CH4`, as it did from 2018 to 2020. The rows of one factor are grouped.

use std::collections::HashMap;

use super::Error;
use super::reading::{Reading, columns, no_header, put};
use super::table::{Row, Table};
use super::words::{beginning, plain, slug, year};
use crate::factors::{Factor, GasBasis, Interval, ResultUnit, S2Method, Version};
use crate::{Absence, Cell, Decimal};

const PUBLISHER: &str = "UK Government";
const DATASET: &str = "UK Government GHG Conversion Factors for Company Reporting";
const LICENCE: &str = "OGL-UK-3.0";
const ATTRIBUTION: &str =
    "Contains public sector information licensed under the Open Government Licence v3.0";

/// Above a sum of rounded figures by so much lies what is no rounding: four figures with five places.
const TOLERANCE: &str = "0.00005";

/// Where the columns are.
struct Header {
    id: Option<u32>,
    scope: u32,
    levels: [u32; 4],
    text: Option<u32>,
    uom: u32,
    gas: u32,
    value: u32,
    /// As it is called.
    value_name: String,
}

/// What the file says about itself.
#[derive(Default)]
struct Front {
    year: Option<i32>,
    version: Option<String>,
    expiry: Option<String>,
}

/// The rows of one factor.
#[derive(Default)]
struct Group {
    /// Scope, levels, column text and unit, as published.
    words: [String; 7],
    first: u64,
    /// The cells by gas, and whether a gas is called as a mass would be.
    cells: Vec<(&'static str, bool, Cell, String, u64)>,
    rows: Vec<String>,
    broken: bool,
}

pub(super) fn read(tables: &[Table], reading: &mut Reading<'_>) -> Result<(), Error> {
    let found = tables.iter().find_map(|table| {
        let at = table.rows.iter().position(|row| header(row).is_some())?;
        Some((table, at, header(&table.rows[at])?))
    });
    let Some((table, at, header)) = found else {
        return Err(no_header("Scope, Level 1 to 4, UOM, GHG/Unit and GHG Conversion Factor"));
    };
    reading.sheet.clone_from(&table.sheet);
    let front = front(tables, &table.rows[..at]);
    let edition = edition(&header, &front, reading)?;
    let year = year(&edition).expect("an edition was made of its year");
    let valid = match reading.options.valid {
        Some(valid) => valid,
        None => Interval::of_year(year).expect("a year of four digits is one"),
    };
    let gwp = gwp(year, reading)?;
    let groups = groups(&table.rows[at + 1..], &header, year, reading);
    let source = reading.options.source(PUBLISHER, DATASET, Some(edition), reading.file);
    let licence = reading.options.licence(LICENCE, Some(ATTRIBUTION));
    for group in groups {
        if group.broken || !weighted(&group, year, reading) {
            continue;
        }
        let Some(factor) = factor(&group, reading) else { continue };
        let id = factor.factor_id.clone();
        let (source, licence) = (source.clone(), licence.clone());
        let mut version = Version::new(id, GasBasis::Co2e, ResultUnit::Kg, source, licence, valid);
        version.gwp_set = Some(gwp.clone());
        version.rows = group.rows;
        for (gas, _, cell, text, _) in group.cells {
            put(&mut version, gas, cell, &text);
        }
        if version.gases.is_empty() && version.absent.is_empty() {
            let reason =
                "all cells of the factor are empty: it is not published any more, or not yet";
            reading.refuse(group.first, Some(&header.value_name), "no_figure", reason, "");
            continue;
        }
        reading.take(group.first, factor, version);
    }
    Ok(())
}

/// The columns, if the row is a header.
fn header(row: &Row) -> Option<Header> {
    let [id, scope, one, two, three, four, text, uom, gas] = columns(
        row,
        [
            &["id"],
            &["scope"],
            &["level 1"],
            &["level 2"],
            &["level 3"],
            &["level 4"],
            &["column text"],
            &["uom"],
            &["ghg/unit", "ghg unit", "ghg"],
        ],
    );
    let is_value = |text: &str| plain(text).starts_with("ghg conversion factor");
    let (value, name) = row.cells().find(|(_, text)| is_value(text))?;
    let value_name = name.to_owned();
    let levels = [one?, two?, three?, four?];
    Some(Header { id, scope: scope?, levels, text, uom: uom?, gas: gas?, value, value_name })
}

/// What stands above the header and on the other sheets: labels with what they say to their right.
fn front(tables: &[Table], above: &[Row]) -> Front {
    let mut front = Front::default();
    let others = tables.iter().flat_map(|table| table.rows.iter().take(60));
    for row in above.iter().chain(others) {
        let cells: Vec<_> = row.cells().collect();
        for pair in cells.windows(2) {
            let (label, said) = (plain(pair[0].1), pair[1].1);
            match label.trim_end_matches(':').trim_end() {
                "year" | "factor set" => front.year = front.year.or_else(|| year(said)),
                "version" => {
                    let version = said.trim_start_matches(['v', 'V']).trim();
                    let number = version.parse::<Decimal>().is_ok();
                    front.version = front.version.or_else(|| number.then(|| version.to_owned()));
                }
                "expiry" | "expiry date" | "expires" => {
                    front.expiry = front.expiry.or_else(|| Some(said.to_owned()));
                }
                _ => {}
            }
        }
    }
    front
}

/// Year and version: `2023 v1.1`.
fn edition(header: &Header, front: &Front, reading: &mut Reading<'_>) -> Result<String, Error> {
    let said = reading.options.edition.clone();
    let of_header = year(&header.value_name);
    let found = of_header.or(front.year);
    if let (Some(a), Some(b)) = (of_header, front.year)
        && a != b
    {
        return Err(Error::Contradiction {
            found: format!("`{}` above its figures", header.value_name),
            said: format!("{b} as on its front page"),
        });
    }
    if let Some(text) = &front.expiry {
        let date = chrono::NaiveDate::parse_from_str(text, "%d/%m/%Y").is_ok()
            || text.parse::<chrono::NaiveDate>().is_ok();
        let no_date = if date { "" } else { ", which is no date" };
        reading.note(format!(
            "the file says that it expires on `{}`{no_date}; its figures are valid for the year of \
             its edition",
            beginning(text)
        ));
    }
    match (said, found) {
        (Some(said), found) => match (year(&said), found) {
            (Some(a), Some(b)) if a != b => {
                Err(Error::Contradiction { found: b.to_string(), said })
            }
            (None, _) => Err(Error::Unsaid {
                what: "of which year its edition is",
                hint: "begin the edition with its year: `2024 v1.1`",
            }),
            _ => Ok(said),
        },
        (None, Some(year)) => Ok(match &front.version {
            Some(version) => format!("{year} v{version}"),
            None => year.to_string(),
        }),
        (None, None) => {
            Err(Error::Unsaid { what: "which edition it is", hint: "name it: `2024 v1.1`" })
        }
    }
}

/// With which potentials an edition was weighted. The editions say it in their methodology papers: AR4
/// up to 2022, AR5 from 2023 on. Before 2013 it was the second report, which has no set here.
fn gwp(year: i32, reading: &mut Reading<'_>) -> Result<String, Error> {
    if let Some(set) = &reading.options.gwp_set {
        return Ok(set.clone());
    }
    match year {
        ..2013 => Err(Error::Unsaid {
            what: "with which warming potentials it was weighted, and this edition is older than 2013",
            hint: "name the set of warming potentials",
        }),
        2013..2023 => Ok("AR4".to_owned()),
        _ => {
            if year > 2026 {
                reading.note(format!(
                    "AR5 was taken for the edition {year}, as for those since 2023: see its \
                     methodology paper"
                ));
            }
            Ok("AR5".to_owned())
        }
    }
}

/// The gas of a row, and whether it is called as a mass would be.
fn gas(text: &str) -> Option<(&'static str, bool)> {
    Some(match plain(text).as_str() {
        "kg co2e" | "kg co2e per unit" => ("co2e", false),
        "kg co2e of co2 per unit" | "kg co2e of co2" => ("co2", false),
        "kg co2e of ch4 per unit" | "kg co2e of ch4" => ("ch4", false),
        "kg co2e of n2o per unit" | "kg co2e of n2o" => ("n2o", false),
        "kg co2" => ("co2", true),
        "kg ch4" => ("ch4", true),
        "kg n2o" => ("n2o", true),
        _ => return None,
    })
}

fn groups(rows: &[Row], header: &Header, year: i32, reading: &mut Reading<'_>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut places: HashMap<[String; 7], usize> = HashMap::new();
    let [one, two, three, four] = header.levels;
    for row in rows {
        let text = |column: Option<u32>| column.map_or("", |it| row.at(it)).to_owned();
        let words = [
            Some(header.scope),
            Some(one),
            Some(two),
            Some(three),
            Some(four),
            header.text,
            Some(header.uom),
        ]
        .map(text);
        let unit = row.at(header.gas);
        if unit.is_empty() && row.at(header.value).is_empty() {
            // A remark below the table, or a line between its parts.
            continue;
        }
        let Some((gas, like_mass)) = gas(unit) else {
            let reason = "this is no figure in kilograms of CO2e";
            reading.refuse(row.number, Some("GHG/Unit"), "not_a_factor", reason, unit);
            continue;
        };
        if words[1].is_empty() || words[6].is_empty() {
            let (column, at) =
                if words[1].is_empty() { ("Level 1", one) } else { ("UOM", header.uom) };
            reading.refuse(row.number, Some(column), "cell_missing", "it is empty", row.at(at));
            continue;
        }
        let at = *places.entry(words.clone()).or_insert_with(|| {
            groups.push(Group { words, first: row.number, ..Group::default() });
            groups.len() - 1
        });
        let group = &mut groups[at];
        let value = row.at(header.value);
        let Some(cell) = reading.cell(row.number, &header.value_name, value) else {
            group.broken = true;
            continue;
        };
        match group.cells.iter().find(|it| it.0 == gas) {
            Some((_, _, before, ..)) if *before == cell => continue,
            Some((.., number)) => {
                let reason = format!("row {number} has another figure for the same gas of it");
                reading.refuse(row.number, Some(&header.value_name), "row_twice", reason, value);
                group.broken = true;
                continue;
            }
            None => {}
        }
        group.cells.push((gas, like_mass, cell, value.to_owned(), row.number));
        let id = header.id.map_or("", |it| row.at(it));
        group.rows.push(if id.is_empty() { row.number.to_string() } else { id.to_owned() });
    }
    for group in groups.iter().filter(|it| it.broken) {
        for (.., text, number) in &group.cells {
            let reason = "another row of the same factor was refused";
            reading.refuse(*number, None, "row_of_refused", reason, text);
        }
    }
    if groups.is_empty() {
        reading.note(format!("the edition {year} has no figures below its header"));
    }
    groups
}

/// Whether figures that are called `kg CH4` are weighted as all others. From 2018 to 2020 that is known;
/// in another edition they must add up to the CO2e.
fn weighted(group: &Group, year: i32, reading: &mut Reading<'_>) -> bool {
    let unclear = group.cells.iter().find(|it| it.1 && it.0 != "co2");
    let Some((_, _, _, text, row)) = unclear.filter(|_| !(2018..=2020).contains(&year)) else {
        return true;
    };
    let number = |gas: &str| {
        let found = group.cells.iter().find(|it| it.0 == gas);
        match found {
            Some((_, _, Cell::Number(number), ..)) => Some(number.clone()),
            Some((_, _, Cell::Absent(Absence::Blank), ..)) | None => Some(Decimal::zero()),
            Some(_) => None,
        }
    };
    let sum = ["co2", "ch4", "n2o"].map(number).into_iter().sum::<Option<Decimal>>();
    let total = number("co2e").filter(|total| !total.is_zero());
    let tolerance: Decimal = TOLERANCE.parse().expect("it is a number");
    let adds_up = sum.zip(total).is_some_and(|(sum, total)| (&sum - &total).abs() <= tolerance);
    if !adds_up {
        let reason = "it is called as a mass would be, and does not add up to the CO2e: whether it is \
                      weighted cannot be told";
        reading.refuse(*row, Some("GHG/Unit"), "basis_unclear", reason, text);
    }
    adds_up
}

fn factor(group: &Group, reading: &mut Reading<'_>) -> Option<Factor> {
    let [scope, one, two, three, four, text, uom] = &group.words;
    let parts = [one, two, three, four, text].map(|it| slug(it));
    let activity: Vec<_> = parts.iter().filter(|it| !it.is_empty()).map(String::as_str).collect();
    let activity = activity.join(".");
    let name = format!("defra.{activity}.per_{}", slug(uom));
    let id = reading.name(group.first, &name)?;
    // What is listed by country is not about the United Kingdom; the country stands in the words.
    let level = plain(one);
    let elsewhere = level.contains("overseas") || level.starts_with("hotel stay");
    let region = (!elsewhere).then_some("GB");
    let mut factor = Factor::new(id, activity, region, uom.clone());
    let scope = plain(scope);
    let scope = scope.strip_prefix("scope ").unwrap_or(&scope);
    factor.scope = Some(scope.to_owned()).filter(|it| !it.is_empty());
    factor.category = Some(one.clone());
    if level.starts_with("wtt") {
        factor.lca_boundary = Some("well_to_tank".to_owned());
    }
    if level.contains("electricity") && scope == "2" {
        factor.s2_method = Some(S2Method::Location);
    }
    Some(factor)
}
