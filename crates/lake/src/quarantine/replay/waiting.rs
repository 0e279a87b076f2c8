//! Which rows of the quarantine are tried again, and which stay.

use std::collections::BTreeMap;

use arrow::array::{BooleanArray, RecordBatch};
use arrow::compute::{concat_batches, filter_record_batch};
use bytes::Bytes;

use super::original::{Originals, Wanted};
use crate::bronze::Reject;
use crate::commits::{File, Kind, Live, Table};
use crate::ingest::{Options, Result, engine, read, write};
use crate::read::kept::{Kept, KeptInput};

/// What is to be tried.
pub(super) struct Waiting {
    pub(super) inputs: Vec<KeptInput>,
    /// The files of the quarantine that hold a row to be tried.
    pub(super) files: Vec<File>,
    /// The rows of these files that stay as they are.
    pub(super) kept: Vec<(File, Bytes)>,
    /// How many rows are not tried.
    pub(super) left: u64,
    /// Those among them whose bytes could not be had.
    pub(super) unread: u64,
}

/// Looks through the quarantine of a table for rows that were refused for one of the reasons.
pub(super) async fn waiting(table: &Table, codes: &[String], options: &Options) -> Result<Waiting> {
    let mut live: Vec<_> = table.state().live(Kind::Quarantine).collect();
    live.sort_by_key(|it| it.commit);
    let mut pages = Vec::new();
    let mut wanted = Vec::new();
    for live in live {
        let body = table.read(&live.file).await?;
        for batch in read(body, None).map_err(engine)? {
            let broken = || engine(format!("`{}` has no columns of a quarantine", live.file.path));
            let batch = Reject::whole(&batch).ok_or_else(broken)?;
            let rows = Reject::rows(&batch).ok_or_else(broken)?;
            let tried: Vec<_> = rows.iter().map(|row| can_be_tried(row, codes)).collect();
            let hidden =
                rows.iter().zip(&tried).filter(|(row, tried)| **tried && row.raw.is_none());
            wanted.extend(hidden.map(|(row, _)| Wanted::of(row, live.commit)));
            pages.push(Page { live, batch, rows, tried });
        }
    }
    let originals = Originals::read(table.state(), wanted, options).await?;
    let mut waiting =
        Waiting { inputs: Vec::new(), files: Vec::new(), kept: Vec::new(), left: 0, unread: 0 };
    for pages in pages.chunk_by(|one, other| one.live.file.path == other.live.file.path) {
        waiting.take(table, pages, &originals)?;
    }
    Ok(waiting)
}

/// Some rows of a file of the quarantine.
struct Page<'l> {
    live: &'l Live,
    batch: RecordBatch,
    rows: Vec<Reject>,
    /// Whether each is to be tried.
    tried: Vec<bool>,
}

impl Waiting {
    /// Takes in the rows of one file.
    fn take(&mut self, table: &Table, pages: &[Page<'_>], originals: &Originals) -> Result<()> {
        let mut by_input: BTreeMap<&str, Vec<Kept>> = BTreeMap::new();
        let (mut stay, mut left) = (Vec::new(), 0);
        for page in pages {
            let mut stays = Vec::with_capacity(page.rows.len());
            for (row, &tried) in page.rows.iter().zip(&page.tried) {
                let bytes = match (&row.raw, tried) {
                    (_, false) => None,
                    (Some(raw), true) => Some(raw.clone()),
                    (None, true) => originals.find(row, page.live.commit),
                };
                self.unread += u64::from(tried && bytes.is_none());
                stays.push(bytes.is_none());
                if let (Some(bytes), Some(form)) = (bytes, row.form.clone()) {
                    let (line, offset) = (row.line, row.offset);
                    by_input.entry(&row.file).or_default().push(Kept { line, offset, form, bytes });
                }
            }
            let rest = filter_record_batch(&page.batch, &BooleanArray::from(stays));
            let rest = rest.map_err(engine)?;
            left += rest.num_rows() as u64;
            stay.push(rest);
        }
        self.left += left;
        let Some(first) = pages.first().filter(|_| !by_input.is_empty()) else { return Ok(()) };
        if left > 0 {
            let rest = concat_batches(&Reject::schema(), &stay).map_err(engine)?;
            let mut kept = write(table.name(), Kind::Quarantine, &rest)?;
            kept.0.schema = first.live.schema;
            self.kept.push(kept);
        }
        self.files.push(first.live.file.clone());
        let inputs = by_input.into_iter();
        self.inputs.extend(inputs.map(|(name, rows)| KeptInput::new(name.to_owned(), rows)));
        Ok(())
    }
}

/// Whether a row is wanted, and was refused for what it says and not for what stands around it.
fn can_be_tried(row: &Reject, codes: &[String]) -> bool {
    let wanted = codes.is_empty() || codes.iter().any(|it| it == row.code.as_str());
    wanted && row.form.is_some() && (row.raw.is_some() || row.length.is_some())
}
