//! Rejects of one split, packed: there may be as many as rows.

use super::{Code, Reject};
use crate::schema::Document;

/// The rejects of a split, in the order of lines.
#[derive(Clone, Debug, Default)]
pub(crate) struct RejectChunk {
    items: Vec<Item>,
    raw: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Item {
    line: u32,
    offset: u64,
    column: Option<u16>,
    code: Code,
    detail: &'static str,
    /// Where its bytes end.
    end: usize,
}

impl RejectChunk {
    pub(crate) fn push(
        &mut self,
        line: u32,
        offset: u64,
        column: Option<u16>,
        code: Code,
        detail: &'static str,
        raw: &[u8],
    ) {
        self.raw.extend_from_slice(raw);
        self.items.push(Item { line, offset, column, code, detail, end: self.raw.len() });
    }

    /// The rejects as they go to quarantine. `base` is the line before the split.
    pub(crate) fn rejects<'r>(
        &'r self,
        document: &'r Document,
        file: &'r str,
        base: u64,
    ) -> impl Iterator<Item = Reject> + 'r {
        let mut start = 0;
        self.items.iter().map(move |it| {
            let raw = self.raw[start..it.end].to_vec();
            start = it.end;
            Reject {
                entity: document.entity().to_owned(),
                file: file.to_owned(),
                line: base + u64::from(it.line),
                offset: it.offset,
                column: it.column.map(|at| document.columns()[usize::from(at)].name.clone()),
                code: it.code,
                detail: it.detail.to_owned(),
                raw,
            }
        })
    }
}
