//! What is in the quarantine of a table.

use std::collections::BTreeMap;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Int64Type};

use crate::commits::{Kind, Table};
use crate::ingest::{Error, Result, read};

/// A row that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The input that it came in.
    pub file: String,
    /// Its line there.
    pub line: u64,
    /// Where it begins there, if that was kept: rows of silver came from a file of bronze.
    pub offset: Option<u64>,
    /// The column that was wrong; none where the whole row was.
    pub column: Option<String>,
    /// Why it was refused.
    pub code: String,
    /// What was found and what was needed.
    pub detail: String,
    /// Its bytes, as they came in, if they were kept.
    pub raw: Option<Vec<u8>>,
    /// The commit that put it there.
    pub commit: u64,
}

/// Which rows are wanted.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Filter {
    /// Those with one of these reasons; all if there is none.
    pub codes: Vec<String>,
    /// Those that came in this input.
    pub file: Option<String>,
    /// So many at most; the others are counted.
    pub limit: Option<usize>,
}

/// What is in a quarantine.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The rows that are wanted, in order of the commits, inputs and lines.
    pub entries: Vec<Entry>,
    /// How many rows fit the filter, shown or not.
    pub rows: u64,
    /// How many of them were refused for which reason, and because of which column (`""` where the whole
    /// row was wrong).
    pub reasons: BTreeMap<(String, String), u64>,
}

/// Lists the quarantine of a table.
///
/// # Errors
///
/// What the log says; [`Error::Engine`] for a file that cannot be read.
pub async fn list(table: &Table, filter: &Filter) -> Result<Listing> {
    let mut listing = Listing::default();
    let mut live: Vec<_> = table.state().live(Kind::Quarantine).collect();
    live.sort_by_key(|it| it.commit);
    for live in live {
        let body = table.read(&live.file).await?;
        let failed = |source| Error::Engine { source };
        let batches = read(body, None).map_err(|error| failed(error.into()))?;
        for batch in &batches {
            let columns = Columns::of(batch).ok_or_else(|| {
                failed(format!("`{}` has no columns of a quarantine", live.file.path).into())
            })?;
            for row in 0..batch.num_rows() {
                let (code, file) = (columns.code.at(row), columns.file.at(row));
                let wanted = filter.codes.is_empty() || filter.codes.contains(&code);
                if !wanted || filter.file.as_ref().is_some_and(|it| *it != file) {
                    continue;
                }
                let column = columns.column.get(row);
                listing.rows += 1;
                let reason = (code.clone(), column.clone().unwrap_or_default());
                *listing.reasons.entry(reason).or_default() += 1;
                if filter.limit.is_some_and(|limit| listing.entries.len() >= limit) {
                    continue;
                }
                let detail = columns.detail.at(row);
                let (line, offset) = (columns.line(row), columns.offset(row));
                let (raw, commit) = (columns.raw(row), live.commit);
                listing.entries.push(Entry {
                    file,
                    line,
                    offset,
                    column,
                    code,
                    detail,
                    raw,
                    commit,
                });
            }
        }
    }
    Ok(listing)
}

/// The columns that say why: of bronze by their names, of silver with an underscore before them, beside
/// the row itself.
struct Columns<'b> {
    batch: &'b RecordBatch,
    file: Text,
    column: Text,
    code: Text,
    detail: Text,
}

/// Text, however it is encoded.
struct Text(arrow::array::StringArray);

impl Text {
    fn of(batch: &RecordBatch, names: [&str; 2]) -> Option<Self> {
        let column = names.iter().find_map(|name| batch.column_by_name(name))?;
        Some(Self(cast(column, &DataType::Utf8).ok()?.as_string::<i32>().clone()))
    }

    fn get(&self, row: usize) -> Option<String> {
        self.0.is_valid(row).then(|| self.0.value(row).to_owned())
    }

    fn at(&self, row: usize) -> String {
        self.get(row).unwrap_or_default()
    }
}

impl<'b> Columns<'b> {
    fn of(batch: &'b RecordBatch) -> Option<Self> {
        let text = |names| Text::of(batch, names);
        Some(Self {
            batch,
            file: text(["_file", "file"])?,
            column: text(["_column", "column"])?,
            code: text(["_code", "code"])?,
            detail: text(["_detail", "detail"])?,
        })
    }

    fn number(&self, names: [&str; 2], row: usize) -> Option<u64> {
        let column = names.iter().find_map(|name| self.batch.column_by_name(name))?;
        let numbers = column.as_primitive_opt::<Int64Type>()?;
        numbers.is_valid(row).then(|| numbers.value(row).cast_unsigned())
    }

    fn line(&self, row: usize) -> u64 {
        self.number(["_line", "line"], row).unwrap_or_default()
    }

    fn offset(&self, row: usize) -> Option<u64> {
        self.batch.column_by_name("_code").is_none().then(|| self.number(["offset", ""], row))?
    }

    fn raw(&self, row: usize) -> Option<Vec<u8>> {
        let raw = self.batch.column_by_name("raw")?.as_binary_opt::<i32>()?;
        raw.is_valid(row).then(|| raw.value(row).to_vec())
    }
}
