//! From tokens to bronze: casts that never guess, rejects with reasons, duplicates, Parquet.
//!
//! Every row that is read ends in exactly one place: in a bronze file, among the duplicates or among the
//! rejects. What comes out depends on the inputs and the document alone, never on threads or memory.

mod arrays;
pub(crate) mod cast;
mod code;
mod dedup;
mod dictionary;
mod duplicate;
mod encode;
mod engine;
mod error;
mod finish;
mod held;
mod mask;
mod outcome;
mod partition;
mod plan;
mod pure;
mod reject;
mod rejects;
mod rows;
mod store;
mod worker;

pub use code::Code;
pub use duplicate::{Duplicate, Kind};
pub use encode::{encode, part_name};
pub(crate) use engine::apart;
pub(crate) use engine::gather_kept;
pub use engine::{Gathered, Options, Outcome, Progress, gather};
pub use error::Error;
pub use held::Batches;
pub(crate) use held::Held;
pub use mask::MaskKeys;
pub use outcome::{Existing, File, InputCounts, Nothing, PartitionKey};
pub use pure::{At, PartitionRows, SplitRows, finish, parse_split};
pub use reject::Reject;
pub(crate) use worker::lock;
