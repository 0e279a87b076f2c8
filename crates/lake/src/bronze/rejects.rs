//! Rejects of one split, packed: there may be as many as rows.

use super::{Code, Reject};
use crate::read::Form;
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
    form: Option<Form>,
    length: Option<u64>,
    /// Where its bytes end, if they are kept.
    end: Option<usize>,
}

impl RejectChunk {
    /// Adds a row. `raw` is none where nobody may see it, `form` and `length` where it is not whole.
    pub(crate) fn push(
        &mut self,
        (line, offset): (u32, u64),
        (column, code, detail): (Option<u16>, Code, &'static str),
        raw: Option<&[u8]>,
        (form, length): (Option<Form>, Option<u64>),
    ) {
        let end = raw.map(|raw| {
            self.raw.extend_from_slice(raw);
            self.raw.len()
        });
        self.items.push(Item { line, offset, column, code, detail, form, length, end });
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
            let raw = it.end.map(|end| self.raw[std::mem::replace(&mut start, end)..end].to_vec());
            Reject {
                entity: document.entity().to_owned(),
                file: file.to_owned(),
                line: base + u64::from(it.line),
                offset: it.offset,
                column: it.column.map(|at| document.columns()[usize::from(at)].name.clone()),
                code: it.code,
                detail: it.detail.to_owned(),
                raw,
                length: it.length,
                form: it.form.clone(),
            }
        })
    }
}
