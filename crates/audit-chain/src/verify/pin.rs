//! What a verifier remembers of a log between two visits.

use crate::Hash;

/// How far a verifier has seen a log, kept outside the store.
///
/// Whoever controls the store can put an older state of it back; only somebody who remembers the
/// newer one notices.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pin {
    /// The version of this format: 1.
    pub v: u32,
    /// The origin of the checkpoints of the log.
    pub origin: String,
    /// The log.
    pub log_id: String,
    /// The number of records.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
    /// The hash of the last of them; `None` for an empty log.
    pub last_hash: Option<Hash>,
    /// The newest checkpoint, word for word, if there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoint: Option<String>,
}
