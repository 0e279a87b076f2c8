//! What a verifier remembers of a log between two visits.

use crate::Hash;
use crate::checkpoint::Checkpoint;

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
    /// How many checkpoints there were up to that one: later ones do not name those before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkpoints: Option<u64>,
    /// SHA-256 of the log's own document: no record and no checkpoint commits to that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Hash>,
    /// How far the lanes were seen, if the ledger has some; the rest is then about its root log.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lanes: Vec<PinnedLane>,
}

/// How far a verifier has seen a lane.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PinnedLane {
    /// Which lane, from 0.
    pub lane: u16,
    /// The number of its records.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

impl Pin {
    /// The version of the format.
    pub const VERSION: u32 = 1;

    /// Reads a pin.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in one line.
    pub fn read(json: &[u8]) -> Result<Self, String> {
        let pin: Self = serde_json::from_slice(json).map_err(|error| error.to_string())?;
        match pin.v {
            Self::VERSION => Ok(pin),
            other => Err(format!("its format has version {other}, and {} is read", Self::VERSION)),
        }
    }

    /// The pin as it is written to a file: one JSON object, indented, with a line feed at its end.
    pub fn to_json(&self) -> String {
        let json = serde_json::to_string_pretty(self).expect("a pin is plain data");
        format!("{json}\n")
    }

    /// The size of the checkpoint, if there is one.
    pub(super) fn checkpoint_size(&self) -> Option<u64> {
        let note = self.checkpoint.as_ref()?;
        let text = note.get(..=note.rfind("\n\n")?)?;
        Checkpoint::parse(text).ok().map(|checkpoint| checkpoint.size)
    }
}
