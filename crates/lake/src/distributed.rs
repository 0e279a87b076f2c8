//! Ingesting with the processes of a cluster: whatever runs tasks may run these.
//!
//! A [`Session`] plans on one machine and commits there; its tasks may be done anywhere, each by
//! [`work`], by several at once, and more than once. They meet in the lake only, at the side of the table,
//! where a run keeps what is not yet committed:
//!
//! 1. **Survey**, one task per input: its SHA-256, and where it can be cut.
//! 2. **Read**, one task per piece of an input: rows and rejects, partition by partition.
//! 3. **Finish**, one task per group of partitions: duplicates, and the files.
//!
//! Then the session commits as the embedded pipeline does. Reading, judging duplicates, encoding and
//! committing are the code of the embedded pipeline, and what it does depends on nothing but inputs, document
//! and table; so the files are the same, byte for byte.
//!
//! From bronze to silver and gold: [`zones::distributed`](crate::zones::distributed).
//!
//! The engine only ever sees numbers of tasks and short texts of JSON. A task that is done again writes what
//! it wrote before.

mod finish;
mod pieces;
mod place;
mod read;
mod regroup;
mod session;
pub(crate) mod side;
mod survey;
mod task;

pub(crate) use pieces::{Stream, batches};
pub use place::Place;
pub use session::{Options, Session, Step};
pub use task::work;
