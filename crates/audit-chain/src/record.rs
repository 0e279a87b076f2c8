//! Records: one event of the log, its canonical line and its hash.
//!
//! The line of a record is its canonical JSON with `, "record_hash": "…"}` in place of the last
//! brace. The hash is SHA-256 over the canonical JSON without that member, so whoever has the line
//! checks it by taking off a suffix of fixed length, and never writes a document anew.

mod event;
mod fast;
mod line;
mod prepared;

pub use event::{Event, MAX_RECORD_BYTES, OWN_PREFIX};
pub use line::{CLOCK_TOLERANCE_SECONDS, Line, SUFFIX_BYTES, Suffixed, text_of};
pub use prepared::Prepared;

pub(crate) use event::{Place, check_timestamp, spell};
pub(crate) use fast::Known;
pub(crate) use line::{goes_back, is_timestamp, split, write_suffix};

use crate::canonical::to_canonical;
use crate::json::Value;
use crate::{Error, Hash, Result};

/// The version of records that this crate writes.
pub const VERSION: u64 = 1;

/// Where the next record goes: how many there are, and the hash of the last one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// Records in the log; the `seq` of the next one.
    pub size: u64,
    /// Hash of the last record; `None` for an empty log.
    pub last_hash: Option<Hash>,
}

/// The hash of a record: SHA-256 over its canonical bytes, `record_hash` left out.
///
/// ```
/// use audit_chain::json::Value;
/// use audit_chain::record::record_hash;
///
/// let bare = Value::parse(br#"{"b": 2, "a": 1}"#)?;
/// let hashed = Value::parse(br#"{"a": 1, "record_hash": "anything", "b": 2}"#)?;
/// assert_eq!(record_hash(&bare)?, audit_chain::Hash::of(br#"{"a": 1, "b": 2}"#));
/// assert_eq!(record_hash(&bare)?, record_hash(&hashed)?);
/// # Ok::<(), audit_chain::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::RecordNotObject`].
pub fn record_hash(record: &Value) -> Result<Hash> {
    let Value::Object(members) = record else { return Err(Error::RecordNotObject) };
    let is_hash = |name: &crate::json::Text| name.as_bytes() == b"record_hash";
    let bare = if members.iter().any(|(name, _)| is_hash(name)) {
        let kept = members.iter().filter(|(name, _)| !is_hash(name)).cloned();
        to_canonical(&Value::Object(kept.collect()))
    } else {
        to_canonical(record)
    };
    Ok(Hash::of(&bare))
}
