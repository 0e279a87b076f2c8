//! YAML as a tree in which everything knows its place.
//!
//! Contracts use a small, plain part of YAML 1.2: mappings, sequences, scalars and comments.
//! Anchors, aliases, tags, merge keys and further documents are refused with a finding each,
//! because readers of different tools would see different contracts. The reading never fails and
//! never expands anything: it returns a tree, as far as there is one, and what is wrong with it.

mod events;
mod hidden;
mod quick;
mod rules;
mod scalar;
mod source;
mod tabs;
mod tree;

use events::Source;
pub use events::{MAX_DEPTH, MAX_VALUES};
pub(crate) use hidden::shows;
pub(crate) use hidden::{inside as hidden_inside, on_one_line, shown, shown_path};
pub(crate) use rules::AMBIGUOUS_SCALAR;
pub use rules::RULES;
pub use scalar::{Reading, needs_quotes, quoted};
pub use source::MAX_BYTES;
pub use tree::{Entry, Kind, Node, NodeId, Style, Tree};

use crate::finding::{Finding, Findings};
use crate::span::Span;

/// Reads a document. `None` if there is no mapping to ask further questions about; then at least
/// one finding says why.
pub fn read<'s>(bytes: &'s [u8], findings: &mut Findings<'_>) -> Option<Tree<'s>> {
    let text = source::text(bytes, findings)?;
    quick::read(text).or_else(|| events::read(text, Source::Contract, findings))
}

/// Where the documents of `text` begin, or the place and the nature of its first mistake.
pub fn document_starts(text: &str) -> Result<Vec<usize>, (usize, String)> {
    events::document_starts(text)
}

/// Reads a file of our own making, of any size, with the full parser.
pub fn read_any<'s>(text: &'s str, findings: &mut Findings<'_>) -> Option<Tree<'s>> {
    events::read(text, Source::Own, findings)
}

/// Reads a document with the full parser alone. The tests compare it with [`read`].
#[doc(hidden)]
pub fn read_slowly<'s>(bytes: &'s [u8], findings: &mut Findings<'_>) -> Option<Tree<'s>> {
    events::read(source::text(bytes, findings)?, Source::Contract, findings)
}

/// Reads a document with the quick reader alone; `None` where it declines.
#[doc(hidden)]
pub fn read_quickly<'s>(bytes: &'s [u8], findings: &mut Findings<'_>) -> Option<Tree<'s>> {
    quick::read(source::text(bytes, findings)?)
}

/// The finding about a file that could not be read: what the system said, as a `message`. The other
/// files are checked all the same.
pub fn unreadable(message: impl Into<String>) -> Finding {
    Finding::new(&rules::UNREADABLE_FILE, "", Span::NOWHERE, message)
        .hint("check that it is a file and that you may read it")
}
