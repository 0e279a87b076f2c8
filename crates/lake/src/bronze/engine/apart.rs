//! The two halves of a run apart, so that each may be done by many processes: rows are read here and
//! finished there, and are bytes between the two.
//!
//! Both halves are those of [`gather`](super::gather) and [`Gathered::finish`]; only the numbers of texts,
//! which mean something in one process alone, are spelled out in between.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::Mutex;

use arrow::array::RecordBatch;

use super::{Gathered, MOST_AT_ONCE, Options};
use crate::bronze::dictionary::Lexicon;
use crate::bronze::held::Held;
use crate::bronze::outcome::{InputCounts, PartitionKey};
use crate::bronze::plan::Plan;
use crate::bronze::rows::{Column, Rows, Texts, Values};
use crate::bronze::store::Store;
use crate::bronze::worker::{Shared, Worker};
use crate::bronze::{Error, MaskKeys, Reject, lock};
use crate::read::feed::Seal;
use crate::read::split::Split;
use crate::schema::Document;

/// Per column the texts that tokens stand for.
pub(crate) type Tokens = BTreeMap<String, BTreeMap<String, String>>;

/// Reads splits, one at a time and on its own.
pub(crate) struct Reader {
    plan: Plan,
}

/// What became of a split.
pub(crate) struct Taken {
    /// How many rows came in.
    pub(crate) rows: u64,
    /// How many lines it has.
    pub(crate) lines: u64,
    /// The rows that were refused, as a batch of [`Reject::schema`].
    pub(crate) rejects: RecordBatch,
    /// The others, partition by partition.
    pub(crate) parts: Vec<Part>,
    pub(crate) tokens: Tokens,
}

/// Rows of one partition, in the order of their lines.
pub(crate) struct Part {
    pub(crate) partition: PartitionKey,
    pub(crate) bytes: Vec<u8>,
}

impl Reader {
    pub(crate) fn new(document: &Document, keys: &MaskKeys) -> Result<Self, Error> {
        Ok(Self { plan: Plan::new(document, keys)? })
    }

    /// Reads the rows of a split. `base` is the line before it.
    pub(crate) fn take(&self, split: &Split, file: &str, base: u64) -> Taken {
        let shared = Shared::new(&self.plan);
        let parsed = Worker::new(&self.plan, &shared).parse(split);
        let rejects: Vec<Reject> =
            parsed.rejects.rejects(&self.plan.document, file, base).collect();
        let keys = lock(&shared.partitions).keys().to_vec();
        let mut parts = Vec::with_capacity(parsed.segments.len());
        for &(partition, start, end) in &parsed.segments {
            let spelled = self.spelled(&shared, &parsed.rows, start as usize..end as usize);
            let mut bytes = Vec::with_capacity(spelled.size() + 64);
            spelled.write(0..spelled.len(), &mut bytes);
            let partition = keys[partition as usize].clone();
            parts.push(Part { partition, bytes });
        }
        parts.sort_by(|one, other| one.partition.cmp(&other.partition));
        let tokens = std::mem::take(&mut *lock(&shared.tokens));
        Taken {
            rows: parsed.count,
            lines: parsed.lines,
            rejects: Reject::batch(&rejects),
            parts,
            tokens,
        }
    }

    /// Rows whose texts are texts.
    fn spelled(&self, shared: &Shared, rows: &Rows, range: Range<usize>) -> Rows {
        let mut spelled = Rows { columns: Vec::new(), lines: rows.lines[range.clone()].to_vec() };
        for (place, column) in rows.columns.iter().enumerate() {
            let rule = self.plan.rules.iter().position(|rule| rule.place == Some(place));
            let dictionary = rule.map(|rule| lock(&shared.dictionaries[rule]));
            let text = |code: u32, out: &mut Vec<u8>| {
                let dictionary = dictionary.as_ref().expect("a column with codes is declared");
                out.extend_from_slice(dictionary.text(code));
            };
            let mut whole = Column::new(match column.values {
                Values::Codes(_) => Values::Texts(Texts::default()),
                _ => Values::Absent(0),
            });
            whole.append(column, range.clone(), &text);
            spelled.columns.push(whole);
        }
        spelled
    }
}

/// Rows that somebody else read.
pub(crate) struct Piece {
    /// The number of their split among all splits of the run, from 1.
    pub(crate) order: u64,
    /// The number of their input.
    pub(crate) input: usize,
    /// The line before their split.
    pub(crate) base: u64,
    pub(crate) partition: PartitionKey,
    /// As [`Part::bytes`] was.
    pub(crate) bytes: Vec<u8>,
}

/// Gathers rows that somebody else read, to be finished here. `inputs` are those of the whole run; what is
/// known of their rows is counted anew, from the pieces alone.
///
/// # Errors
///
/// Where a key is missing, a piece cannot be had, or the temporary directory fails.
pub(crate) fn gather_pieces(
    document: &Document,
    inputs: &[InputCounts],
    pieces: impl Iterator<Item = Result<Piece, Error>>,
    options: &Options<'_>,
) -> Result<Gathered, Error> {
    let plan = Plan::new(document, &options.keys)?;
    let most = usize::try_from(options.memory.max(1 << 16)).unwrap_or(usize::MAX);
    let mut store = Store::new(most, plan.places.len());
    let mut numbers: BTreeMap<PartitionKey, u32> = BTreeMap::new();
    let mut partitions = Vec::new();
    let mut counted = vec![(0, 0); inputs.len()];
    let (mut bases, mut all) = (Vec::new(), 0);
    let disk =
        |source: io::Error| Error::Disk { act: "write rows to the temporary directory", source };
    for piece in pieces {
        let piece = piece?;
        let number = *numbers.entry(piece.partition.clone()).or_insert_with(|| {
            partitions.push(piece.partition.clone());
            u32::try_from(partitions.len() - 1).expect("fewer than 2^32 partitions")
        });
        let rows = Rows::read(&piece.bytes, plan.places.len());
        let order = usize::try_from(piece.order).expect("fewer splits than bytes");
        if bases.len() <= order {
            bases.resize(order + 1, 0);
        }
        bases[order] = piece.base;
        let count = rows.len() as u64;
        counted[piece.input].0 += count;
        all += count;
        let segment = (number, 0, u32::try_from(count).expect("rows of a split have 32 bits"));
        store
            .add((piece.order, piece.input), rows, vec![segment], &options.temporary)
            .map_err(disk)?;
    }
    let seal = |it: &InputCounts| Seal { digest: it.digest, size: it.size };
    Ok(Gathered {
        lexicon: Lexicon::new(plan.places.iter().map(|_| None).collect(), &plan.key),
        plan,
        store,
        partitions,
        names: inputs.iter().map(|it| it.name.clone()).collect(),
        seals: inputs.iter().map(seal).collect(),
        counted,
        rejects: Mutex::new(Held::new(Reject::schema(), most, options.temporary.clone())),
        bases,
        tokens: BTreeMap::new(),
        most: (most / (2 * options.threads.get())).min(MOST_AT_ONCE),
        threads: options.threads.get(),
        temporary: options.temporary.clone(),
        rows: all,
    })
}
