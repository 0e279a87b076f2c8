//! Segments: the objects of a log. A header, and a run of records.
//!
//! The body of a segment is lines of JSON, perhaps in one zstd frame. The first line is a
//! [`Header`]; every line after it is a record.

mod body;
mod builder;
mod check;
mod header;

pub use body::{MAX_BODY_BYTES, Opened, open};
pub use builder::{Builder, Compression, Segment};
pub use check::{CheckOptions, Checked, OwnRecord, check, check_and_show};
pub use header::{Header, SegmentKind};
