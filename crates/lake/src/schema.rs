//! The schema document: what a row of an entity looks like, and what is refused.
//!
//! A document is data that people review and accept; nothing is inferred from rows while they are
//! read. Reading one never fails half-way: it gives the document, or findings that say where to mend it.

mod arrow_schema;
mod checks;
mod column;
mod document;
mod evolution;
mod finding;
mod reading;
mod written;

pub use column::{Column, Mask, OneOf, Type};
pub use document::{Document, Partition, Unknown, Winner};
pub use finding::Finding;
pub(crate) use reading::strictly;

/// The schema of the shipped entity: one activity that causes emissions, seven columns.
pub const ACTIVITY: &str = include_str!("../schemas/activity.yaml");

/// The name of the column that holds where a row came from: the input's path below its root.
pub const FILE: &str = "_file";
/// The name of the column that holds the physical line of a row, from 1; for arrays and XML the ordinal.
pub const LINE: &str = "_line";
/// The name of the column that holds members the document does not declare, as a JSON object.
pub const EXTRA: &str = "_extra";
/// What is put behind the name of a double to name the column that holds its source text.
pub const TEXT_SUFFIX: &str = "_text";

#[cfg(test)]
mod tests;
