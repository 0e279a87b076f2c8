//! The log's own document: which log this is, and what all its writers and readers agree on.

use audit_chain::note::VerifierKey;

use crate::store::Conditions;

/// The key of the document, below the prefix of the log.
pub const KEY: &str = "log";

/// The version of the format that this program writes and reads.
pub const VERSION: u32 = 1;

/// What is written once under [`KEY`], before anything else. The oldest version counts.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogDocument {
    /// The version of this format: [`VERSION`].
    pub v: u32,
    /// The log. Every record names it.
    pub log_id: String,
    /// The first line of its checkpoints, for example `strongroom/<log_id>`.
    pub origin: String,
    /// How far the conditional writes of the store are trusted.
    pub conditions: Conditions,
    /// How many records a segment has at most.
    pub max_segment_records: u64,
    /// When the log was begun: RFC 3339, UTC. Nobody vouches for it.
    pub created_at: String,
    /// The keys that sign from the beginning. They are a claim: a verifier has a keyring.
    pub verifier_keys: Vec<VerifierKey>,
}

impl LogDocument {
    /// Reads the document.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in one line.
    pub fn read(body: &[u8]) -> Result<Self, String> {
        let document: Self = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        if document.v != VERSION {
            return Err(format!(
                "its format has version {}, this program reads {VERSION}",
                document.v
            ));
        }
        if document.log_id.is_empty() || document.origin.is_empty() {
            return Err("it does not say which log this is".to_owned());
        }
        if document.max_segment_records == 0 {
            return Err("a segment would have no records".to_owned());
        }
        Ok(document)
    }
}
