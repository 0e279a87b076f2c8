//! Any table or list of records, by a mapping.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::mapping::Mapping;
use super::reading::{Reading, no_header, put};
use super::table::{Row, Table, tables, text};
use super::template::Template;
use super::words::plain;
use super::{Error, json};
use crate::factors::{Factor, Interval, Licence, ResultUnit, S2Method, Source, Version};

/// One record: its row, and what stands in which column.
struct Record<'r> {
    row: u64,
    cells: HashMap<&'r str, &'r str>,
}

pub(super) fn read(
    bytes: &[u8],
    mapping: &Mapping,
    reading: &mut Reading<'_>,
) -> Result<(), Error> {
    let columns = mapping.columns();
    let start = bytes.iter().find(|it| !it.is_ascii_whitespace() && **it < 0x80);
    if matches!(start, Some(b'{' | b'[')) {
        let list = mapping.rows.list.as_deref();
        let records = json::records(text(bytes)?, list)?;
        if let Some(column) = columns.iter().find(|column| {
            !records.is_empty() && !records.iter().any(|it| it.fields.contains_key(**column))
        }) {
            return Err(Error::Missing { what: "member of a record", name: (*column).to_owned() });
        }
        for record in &records {
            let cells = record.fields.iter().map(|(key, value)| (key.as_str(), value.as_str()));
            take(&Record { row: record.line, cells: cells.collect() }, mapping, reading);
        }
        return Ok(());
    }
    let separator = mapping.rows.separator.and_then(|it| u8::try_from(it).ok());
    let tables = tables(bytes, separator)?;
    if let Some(name) = &mapping.rows.sheet
        && !tables.iter().any(|it| it.sheet.as_ref() == Some(name))
    {
        return Err(Error::Missing { what: "sheet", name: name.clone() });
    }
    let wanted = tables.iter().filter(|table| {
        mapping.rows.sheet.is_none() || table.sheet.is_none() || table.sheet == mapping.rows.sheet
    });
    for table in wanted {
        if let Some((at, places)) = header(table, &columns) {
            reading.sheet.clone_from(&table.sheet);
            for row in &table.rows[at + 1..] {
                let cells = places.iter().map(|(name, column)| (*name, row.at(*column)));
                take(&Record { row: row.number, cells: cells.collect() }, mapping, reading);
            }
            return Ok(());
        }
    }
    Err(no_header(&columns.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>().join(", ")))
}

/// The first row that has all columns, and where they are.
fn header<'c>(table: &Table, columns: &[&'c str]) -> Option<(usize, BTreeMap<&'c str, u32>)> {
    let places = |row: &Row| {
        let place = |name: &'c str| {
            let mut found = row.cells().filter(|(_, text)| plain(text) == plain(name));
            found.next().map(|it| (name, it.0))
        };
        columns.iter().map(|name| place(name)).collect::<Option<BTreeMap<_, _>>>()
    };
    table.rows.iter().take(200).enumerate().find_map(|(at, row)| Some((at, places(row)?)))
}

/// Takes what one record says.
fn take(record: &Record<'_>, mapping: &Mapping, reading: &mut Reading<'_>) {
    let cell = |column: &str| record.cells.get(column).copied().unwrap_or("");
    let fill = |template: &Template| template.fill(cell);
    let maybe =
        |template: &Option<Template>| template.as_ref().map(fill).filter(|text| !text.is_empty());
    let row = record.row;
    let skipped = |skip: &super::mapping::Skip| skip.is.iter().any(|it| it == cell(&skip.column));
    if mapping.rows.skip.iter().any(skipped) {
        return;
    }
    let about = &mapping.factor;
    let Some(id) = reading.name(row, &fill(&about.id)) else { return };
    let region = maybe(&about.region);
    let mut factor =
        Factor::new(id.clone(), fill(&about.activity), region.as_deref(), fill(&about.unit));
    factor.basis = maybe(&about.basis);
    factor.scope = maybe(&about.scope);
    factor.category = maybe(&about.category);
    factor.lca_boundary = maybe(&about.lca_boundary);
    factor.technology = maybe(&about.technology);
    factor.biogenic = about.biogenic;
    if let Some(text) = maybe(&about.s2_method) {
        factor.s2_method = match text.as_str() {
            "location" => Some(S2Method::Location),
            "market" => Some(S2Method::Market),
            "residual" => Some(S2Method::Residual),
            "marginal" => Some(S2Method::Marginal),
            _ => {
                let reason = "this is none of `location`, `market`, `residual`, `marginal`";
                reading.refuse(row, Some("s2_method"), "word_unknown", reason, &text);
                return;
            }
        };
    }
    for alias in &about.aliases {
        let Some(alias) = reading.name(row, &fill(alias)) else { return };
        factor.aliases.insert(alias);
    }
    let unit = fill(&mapping.unit);
    let result_unit = match unit.as_str() {
        "kg" => ResultUnit::Kg,
        "g" => ResultUnit::G,
        "lb" => ResultUnit::Lb,
        "t" => ResultUnit::T,
        _ => {
            let reason = "the unit of the figure is none of `kg`, `g`, `lb`, `t`";
            reading.refuse(row, Some("figures.unit"), "word_unknown", reason, &unit);
            return;
        }
    };
    let said = fill(&mapping.valid);
    let Some(valid) = reading.options.valid.or_else(|| interval(&said)) else {
        let reason = "this is no year, and no interval like `2024-01-01/2025-01-01`";
        reading.refuse(row, Some("valid"), "interval_invalid", reason, &said);
        return;
    };
    let source = source(mapping, &fill, &maybe, reading);
    let licence = reading.options.licence.clone().unwrap_or_else(|| mapping.licence.clone());
    let licence: Arc<Licence> =
        shared(licence, reading.read.candidates.last().map(|it| &it.version.licence));
    let mut version = Version::new(id, mapping.basis, result_unit, source, licence, valid);
    version.gwp_set = reading.options.gwp_set.clone().or_else(|| maybe(&mapping.gwp_set));
    version.years_calculated_from = maybe(&mapping.years_calculated_from);
    version.quality = mapping.quality.iter().map(fill).filter(|it| !it.is_empty()).collect();
    version.rows = vec![row.to_string()];
    for (gas, template) in &mapping.gases {
        let text = fill(template);
        let column = template.column().unwrap_or_default();
        let Some(cell) = reading.cell(row, column, &text) else { return };
        put(&mut version, gas, cell, &text);
    }
    reading.take(row, factor, version);
}

fn source(
    mapping: &Mapping,
    fill: &dyn Fn(&Template) -> String,
    maybe: &dyn Fn(&Option<Template>) -> Option<String>,
    reading: &Reading<'_>,
) -> Arc<Source> {
    let options = reading.options;
    let source = Source {
        publisher: fill(&mapping.publisher),
        dataset: fill(&mapping.dataset),
        edition: options.edition.clone().or_else(|| maybe(&mapping.edition)),
        url: options.url.clone().or_else(|| maybe(&mapping.url)),
        file_sha256: Some(reading.file),
        accessed_at: options.accessed_at,
        published_at: options.published_at,
    };
    shared(source, reading.read.candidates.last().map(|it| &it.version.source))
}

/// What the row before has, if it is the same: most rows of a file share one.
fn shared<T: PartialEq>(value: T, before: Option<&Arc<T>>) -> Arc<T> {
    match before {
        Some(before) if **before == value => before.clone(),
        _ => Arc::new(value),
    }
}

/// A year, or an interval; an interval without an end may end in nothing at all.
fn interval(text: &str) -> Option<Interval> {
    if text.len() == 4 {
        return Interval::of_year(text.parse().ok()?).ok();
    }
    match text.strip_suffix('/') {
        Some(from) => Interval::open(from.parse().ok()?).ok(),
        None => text.parse().ok(),
    }
}
