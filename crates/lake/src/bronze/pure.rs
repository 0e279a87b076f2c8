//! The steps of a run as functions over batches, for engines that bring their own workers and shuffle.
//!
//! [`parse_split`] on every piece of the inputs; the rows brought together by partition, in the order of inputs
//! and lines; [`finish`] on every partition; [`encode`](super::encode) on what it accepts. The bytes are those of
//! a run of [`gather`](super::gather).

use std::sync::{Arc, Mutex};

use arrow::array::{ArrayRef, Date32Array, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};

use super::dictionary::Lexicon;
use super::finish::{Emit, Finish, Loaded};
use super::held::Held;
use super::plan::Plan;
use super::rows::Rows;
use super::store::Store;
use super::worker::{Parsed, Shared, Worker};
use super::{Duplicate, Error, MaskKeys, Nothing, PartitionKey, Reject, arrays, cast};
use crate::commits::Counts;
use crate::read::Format;
use crate::read::split_of;
use crate::schema::{Document, FILE, LINE, Partition, Type};

/// What became of a piece of an input.
#[derive(Clone, Debug)]
pub struct SplitRows {
    /// The rows, in the order of lines: the columns of [`Document::row_schema`], and behind them the levels of
    /// the path that are made of moments (`year`, `month`, `day`, 32 bits).
    pub rows: RecordBatch,
    /// What was refused, of [`Reject::schema`].
    pub rejects: RecordBatch,
    /// How many rows came in, and how many of them were refused.
    pub counts: Counts,
    /// How many lines the piece has: the first line of the next one is as much higher.
    pub lines: u64,
}

/// What became of the rows of a partition.
#[derive(Clone, Debug)]
pub struct PartitionRows {
    /// The rows of every file, of [`Document::file_schema`].
    pub accepted: Vec<RecordBatch>,
    /// What was there already, of [`Duplicate::schema`].
    pub duplicates: Vec<RecordBatch>,
    /// What was refused, of [`Reject::schema`].
    pub rejects: Vec<RecordBatch>,
    /// What became of the rows of each input, by name. `rows` is left to whoever counted the splits.
    pub counts: Vec<(String, Counts)>,
    /// Whether rows of the table lost: then `accepted` replaces all that the partition has.
    pub replaces: bool,
}

/// Where a piece of an input stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    /// The path of the input below its root.
    pub file: String,
    /// The line the piece begins with, from 1; for arrays and XML the ordinal of its first row.
    pub first_line: u64,
    /// The byte it begins at.
    pub offset: u64,
}

/// Reads a piece of an input that begins and ends where a row does.
///
/// Lines can be cut anywhere; CSV, arrays and XML only as a whole.
///
/// ```
/// use lake::bronze::{At, MaskKeys, parse_split};
/// use lake::read::Format;
/// use lake::schema::{ACTIVITY, Document};
///
/// let document = Document::parse(ACTIVITY).expect("in order");
/// let at = At { file: "a.ndjson".to_owned(), first_line: 1, offset: 0 };
/// let split = parse_split(&document, &MaskKeys::default(), &Format::JsonLines, &at, b"{}\n")?;
/// assert_eq!((split.counts.rows, split.rejects.num_rows()), (1, 1));
/// # Ok::<(), lake::bronze::Error>(())
/// ```
///
/// # Errors
///
/// Where a key is missing or the piece is not of the format.
pub fn parse_split(
    document: &Document,
    keys: &MaskKeys,
    format: &Format,
    at: &At,
    bytes: &[u8],
) -> Result<SplitRows, Error> {
    let plan = Plan::new(document, keys)?;
    let shared = Shared::new(&plan);
    let split = split_of(format, &at.file, at.offset, bytes)?;
    let Parsed { rows, segments, rejects, count, lines } =
        Worker::new(&plan, &shared).parse(&split);
    let base = at.first_line.saturating_sub(1);
    let refused: Vec<Reject> = rejects.rejects(document, &at.file, base).collect();
    let counts = Counts { rows: count, quarantined: refused.len() as u64, ..Counts::default() };
    let (lexicon, partitions) = shared.into_parts(&plan);
    let mut order: Vec<u32> =
        (0..u32::try_from(rows.len()).expect("rows are numbered with 32 bits")).collect();
    order.sort_by_key(|&row| rows.lines[row as usize]);
    let mut keys: Vec<&PartitionKey> = Vec::with_capacity(rows.len());
    for (partition, start, end) in segments {
        keys.extend((start..end).map(|_| &partitions[partition as usize]));
    }
    let keys: Vec<&PartitionKey> = order.iter().map(|&row| keys[row as usize]).collect();
    let rows = rows.gather(&order);
    let rows = batch(&plan, &lexicon, rows, &keys, (&at.file, base))
        .map_err(|it| Error::Encode(Box::new(it)))?;
    Ok(SplitRows { rows, rejects: Reject::batch(&refused), counts, lines })
}

fn batch(
    plan: &Plan,
    lexicon: &Lexicon,
    rows: Rows,
    keys: &[&PartitionKey],
    (file, base): (&str, u64),
) -> Result<RecordBatch, arrow::error::ArrowError> {
    let schema = plan.document.row_schema();
    let count = rows.len();
    let lines: Int64Array =
        rows.lines.iter().map(|&line| (base + u64::from(line)).cast_signed()).collect();
    let mut columns: Vec<Option<ArrayRef>> = Vec::with_capacity(rows.columns.len());
    for (place, column) in rows.columns.into_iter().enumerate() {
        let text = |code: u32, out: &mut Vec<u8>| out.extend_from_slice(lexicon.text(place, code));
        columns.push(Some(arrays::array(column, plan.places[place].kind, false, &text)?));
    }
    let value = |name: &str| -> Vec<&str> {
        keys.iter()
            .map(|key| key.0.iter().find(|it| it.0 == name).map_or("", |it| it.1.as_str()))
            .collect()
    };
    let (mut fields, mut arrays): (Vec<Field>, Vec<ArrayRef>) = (Vec::new(), Vec::new());
    for field in schema.fields() {
        let name = field.name().as_str();
        let stored = plan
            .places
            .iter()
            .position(|place| place.name == name)
            .and_then(|at| columns[at].take());
        arrays.push(match stored {
            Some(column) => column,
            None if name == FILE => Arc::new(StringArray::from(vec![file; count])),
            None if name == LINE => Arc::new(lines.clone()),
            None => match plan.document.kind(name) {
                Some(Type::Integer) => Arc::new(
                    value(name).iter().map(|it| it.parse::<i64>().ok()).collect::<Int64Array>(),
                ),
                Some(Type::Date) => Arc::new(
                    value(name).iter().map(|it| cast::date(it).ok()).collect::<Date32Array>(),
                ),
                _ => Arc::new(StringArray::from(value(name))),
            },
        });
        fields.push(field.as_ref().clone());
    }
    for (level, _) in plan.levels.iter().filter(|(level, _)| !matches!(level, Partition::Value(_)))
    {
        let numbers: Int32Array =
            value(level.name()).iter().map(|it| it.parse::<i32>().ok()).collect();
        fields.push(Field::new(level.name(), DataType::Int32, false));
        arrays.push(Arc::new(numbers));
    }
    for (place, column) in plan.places.iter().zip(columns).skip(plan.visible) {
        let kind = if place.kind == Type::String { DataType::Utf8 } else { DataType::Int64 };
        fields.push(Field::new(&place.name, kind, true));
        arrays.extend(column);
    }
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
}

/// Drops duplicates among the rows of one partition, which come in the order of inputs and lines, and those
/// that `existing` has: rows of [`Document::file_schema`] that are in the table.
///
/// # Errors
///
/// Where a batch has not the columns it should have.
pub fn finish(
    document: &Document,
    key: &PartitionKey,
    rows: &[RecordBatch],
    existing: &[RecordBatch],
) -> Result<PartitionRows, Error> {
    let plan = Plan::of_checked(document);
    let lexicon = Lexicon::new(plan.places.iter().map(|_| None).collect(), &plan.key);
    let broken = |source| Error::Existing { partition: key.path(), source };
    // The inputs of this run are numbered first.
    let (mut inputs, mut new) = (Vec::new(), Loaded::default());
    for batch in rows {
        new.append_batch(&plan, batch, &mut inputs, &lexicon).map_err(broken)?;
    }
    let mut names = inputs.clone();
    let mut all = Loaded::default();
    for batch in existing {
        all.append_batch(&plan, batch, &mut names, &lexicon).map_err(broken)?;
    }
    let earlier = all.len() as u64;
    all.append(&new, &lexicon);
    let held = |schema| Mutex::new(Held::new(schema, usize::MAX, std::path::PathBuf::new()));
    let (duplicates, rejects) = (held(Duplicate::schema()), held(Reject::schema()));
    let finish = Finish {
        plan: &plan,
        store: &Store::new(0, plan.places.len()),
        lexicon: &lexicon,
        inputs: &inputs,
        bases: &[],
        most: usize::MAX,
        existing: &Nothing,
        output: None,
        duplicates: &duplicates,
        rejects: &rejects,
    };
    let finished = finish.settle(all, Emit::new(&finish, key, 0, &names, earlier))?;
    let disk = |source| Error::Disk { act: "read batches back", source };
    let into = |held: Mutex<Held>| -> Result<Vec<RecordBatch>, Error> {
        let held = held.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        held.finish().collect::<Result<_, _>>().map_err(disk)
    };
    Ok(PartitionRows {
        accepted: finished.batches,
        duplicates: into(duplicates)?,
        rejects: into(rejects)?,
        counts: inputs.into_iter().zip(finished.counts).collect(),
        replaces: finished.replaces,
    })
}
