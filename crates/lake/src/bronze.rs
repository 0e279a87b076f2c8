//! From tokens to bronze: casts that never guess, rejects with reasons, duplicates, Parquet.
//!
//! Every row that is read ends in exactly one place: in a bronze file, among the duplicates or among the
//! rejects. What comes out depends on the inputs and the document alone, never on threads or memory.

pub(crate) mod cast;
mod code;
mod duplicate;
mod encode;
mod outcome;
mod reject;

pub use code::Code;
pub use duplicate::{Duplicate, Kind};
pub use encode::{encode, part_name};
pub use outcome::{Existing, File, InputCounts, Nothing, PartitionKey};
pub use reject::Reject;
