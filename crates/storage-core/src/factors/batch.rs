//! What is stored of many events at once: a head, tables, events, and behind them the versions.
//!
//! The body is a row of zstd frames (RFC 8878) that unpack to lines of JSON. The first frame holds
//! everything that has to be read when a store is opened: the [`Header`], the factors, sources and
//! licences that are named, and one line for each event. The frames after it hold the versions, some
//! hundred in each, spelled as they were hashed; they are unpacked only when one of them is asked for.
//! `zstd -dc | jq` shows all of it.
//!
//! Each header names the digest of the whole body before, so that the newest one speaks for all.

mod body;
mod lines;
mod quick;
mod read;
#[cfg(test)]
mod tests;
mod write;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::Reason;
use crate::Digest;

pub(super) use body::Contents;
pub use body::{Body, pack};
pub(super) use lines::Note;
pub use read::Opened;
pub(super) use read::{Named, Raw};
pub(super) use write::Pieces;
pub use write::Unpacked;

/// The most bytes of a batch, unpacked.
pub const MAX_BYTES: usize = 64 << 20;

/// The version of the format that is written and read.
pub const VERSION: u32 = 1;

/// The first line of a batch. What is the same for all its events stands here once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// What was done, as the end of the name of a record: `put`, `imported`.
    pub act: String,
    /// Who.
    pub actor: String,
    /// Drawn at random by whoever writes, so that an attempt can be told from all others: 32
    /// hexadecimal digits.
    pub batch: String,
    /// The frames behind the first one: the bytes of each, and how many versions are in it.
    pub blocks: Vec<(u32, u32)>,
    /// How many events.
    pub count: u64,
    /// The number of the first event.
    pub first_seq: u64,
    /// The digest of the body before; `None` for the first batch.
    pub previous: Option<Digest>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// When all of it was taken: later than the batch before.
    pub recorded_at: DateTime<Utc>,
    /// The version of this format: [`VERSION`].
    pub v: u32,
}

/// What only the writer of a batch knows.
#[derive(Clone, Debug)]
pub struct Stamp {
    /// What was done: `put`, `imported`, `withdrawn`.
    pub act: &'static str,
    /// Who.
    pub actor: String,
    /// Why, where an event does not say it itself.
    pub reason: Option<Reason>,
    /// 16 random bytes.
    pub nonce: [u8; 16],
    /// The present moment. What is recorded is later than the batch before, whatever this says.
    pub now: DateTime<Utc>,
}
