//! Why the ledger could not be opened, written or sealed.

use std::sync::Arc;

use audit_chain::verify::Finding;

use crate::numbered::{NumberedError, Stored};
use crate::store::StoreError;

/// Why the ledger could not be opened, written or sealed.
///
/// Cheap to clone: one failed commit is the answer to all who wait for it.
#[derive(Clone, Debug, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case", prefix = "ledger.")]
#[non_exhaustive]
pub enum Error {
    /// The event cannot be a record.
    #[error("the event cannot be recorded")]
    EventInvalid {
        /// What is wrong with it.
        source: Arc<audit_chain::Error>,
    },
    /// Another event has been recorded under this id.
    #[error("another event was recorded with the id `{event_id}`, as number {seq}")]
    EventIdTaken {
        /// The id.
        event_id: String,
        /// The record that has it.
        seq: u64,
    },
    /// Another event is about to be recorded under this id.
    #[error("another event is being recorded with the id `{event_id}`")]
    EventIdInUse {
        /// The id.
        event_id: String,
    },
    /// What is to be sealed in the event cannot be.
    #[error("the event cannot be sealed: {reason}")]
    EventNotSealed {
        /// Why.
        reason: String,
    },
    /// The event was not stored, and certainly will not be.
    #[error("the event was not recorded")]
    NotStored {
        /// What the store said.
        source: Arc<NumberedError>,
    },
    /// The event may have been stored, or not; the store did not say.
    #[error("whether the event was recorded is not known")]
    Unknown {
        /// What the store said.
        source: Arc<NumberedError>,
    },
    /// Other writers were faster, again and again.
    #[error("the event was not recorded: other writers were faster {times} times in a row")]
    Contended {
        /// How often.
        times: u32,
    },
    /// The end of the log, or what was written after it, does not verify.
    #[error("the log does not verify, nothing more is written: {finding}")]
    Poisoned {
        /// What was found.
        finding: Arc<Finding>,
    },
    /// The ledger has been closed.
    #[error("the ledger has been closed")]
    Closed,
    /// The runtime stopped the ledger's tasks before they were done.
    #[error("the ledger was stopped before it was done")]
    Stopped,
    /// There is no log, and none was to be begun.
    #[error("there is no log at `{place}`")]
    NoLog {
        /// Where was looked.
        place: String,
    },
    /// The log's own document cannot be used.
    #[error("the document of the log at `{place}` cannot be used: {reason}")]
    DocumentInvalid {
        /// Where.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The ledger has lanes, each of which is a log.
    #[error("the ledger at `{place}` has lanes, and is not one log")]
    HasLanes {
        /// Where.
        place: String,
    },
    /// There is a log without lanes.
    #[error("the log at `{place}` has no lanes")]
    NoLanes {
        /// Where.
        place: String,
    },
    /// The log that is there is not the one that was asked for.
    #[error("the log has the {what} `{found}`, not `{asked}`")]
    OtherLog {
        /// `id` or `origin`.
        what: &'static str,
        /// What it has.
        found: String,
        /// What was asked for.
        asked: String,
    },
    /// The options contradict each other or ask for what cannot be.
    #[error("the options of the ledger cannot be used: {reason}")]
    OptionsInvalid {
        /// Why.
        reason: String,
    },
    /// The store did not do what was needed.
    #[error("failed to {act}")]
    Store {
        /// What was tried: `find the end of the log`, …
        act: &'static str,
        /// What the store said.
        source: Arc<StoreError>,
    },
    /// A checkpoint or another object that is written once could not be written.
    #[error("failed to {act}")]
    Write {
        /// What was tried: `write a checkpoint`, …
        act: &'static str,
        /// What the store said.
        source: Arc<NumberedError>,
    },
    /// Only a ledger that signs can do this.
    #[error("the ledger has no key to sign with")]
    NoSigner,
    /// Somebody handed over to another key.
    #[error("the log says that another key signs now: `{new_key}`")]
    KeyReplaced {
        /// The verifier key that signs now.
        new_key: String,
    },
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    NoRandomness {
        /// What the system said.
        source: getrandom::Error,
    },
}

/// What the ledger returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Every code the ledger can return, in order of declaration.
    pub const CODES: &'static [&'static str] = <Self as strum::VariantNames>::VARIANTS;

    /// The stable code of this error, for example `ledger.not_stored`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// Whether it is certain that the event was not stored, and will not be later: then it may be
    /// appended again as something new. Else append it again with the same `event_id`, or read the
    /// log first.
    pub fn is_certainly_not_stored(&self) -> bool {
        !matches!(
            self,
            // The log that does not verify may have the event.
            Self::Unknown { .. } | Self::Poisoned { .. } | Self::Stopped | Self::Write { .. }
        )
    }

    /// What was found in the log that must not be there.
    pub fn finding(&self) -> Option<&Finding> {
        match self {
            Self::Poisoned { finding } => Some(finding),
            _ => None,
        }
    }

    /// The way out, if there is one to name.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::Unknown { .. } => "append it again with the same `event_id`",
            Self::Poisoned { .. } => "keep the store as it is and run `strongroom audit verify`",
            Self::NoLog { .. } => "check the place, or append a first event to begin a log",
            Self::HasLanes { .. } => {
                "name one of its logs, for example `lane/000` or `root` below this place"
            }
            Self::NoLanes { .. } => "append to it as to one log, or begin lanes elsewhere",
            Self::NoSigner => "open the ledger with a signing key",
            Self::KeyReplaced { .. } => "open the ledger with the key that signs now",
            _ => return None,
        })
    }

    /// What becomes of an event whose segment could not be written.
    pub(super) fn of_commit(source: NumberedError) -> Self {
        match source.stored() {
            Stored::No => Self::NotStored { source: Arc::new(source) },
            Stored::Unknown => Self::Unknown { source: Arc::new(source) },
        }
    }

    pub(super) fn store(act: &'static str) -> impl FnOnce(StoreError) -> Self {
        move |source| Self::Store { act, source: Arc::new(source) }
    }

    pub(super) fn write(act: &'static str) -> impl FnOnce(NumberedError) -> Self {
        move |source| Self::Write { act, source: Arc::new(source) }
    }

    pub(super) fn poisoned(finding: Finding) -> Self {
        Self::Poisoned { finding: Arc::new(finding) }
    }
}

impl From<audit_chain::Error> for Error {
    fn from(source: audit_chain::Error) -> Self {
        Self::EventInvalid { source: Arc::new(source) }
    }
}
