//! Why something could not be read out of a log.

use std::sync::Arc;

use audit_chain::Hash;
use audit_chain::verify::Finding;

use crate::store::{StoreError, StoreErrorKind};

/// Why something could not be read out of a log, or proved from it.
#[derive(Clone, Debug, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case", prefix = "ledger.")]
#[non_exhaustive]
pub enum ReadError {
    /// There is no log.
    #[error("there is no log at `{place}`")]
    NoLog {
        /// Where was looked.
        place: String,
    },
    /// The ledger has lanes, each of which is a log that can be read.
    #[error(
        "`{place}` is a ledger of {lanes} lanes; its logs are `{place}/lane/000` to \
             `{place}/{last}` and `{place}/root`"
    )]
    HasLanes {
        /// Where.
        place: String,
        /// How many.
        lanes: u16,
        /// Where the last one lies.
        last: String,
    },
    /// The log has no checkpoint, so that nothing can be proved.
    #[error("the log has no checkpoint")]
    NoCheckpoint,
    /// The log has no such record.
    #[error("the log has no record {seq}")]
    NoSuchRecord {
        /// Its number.
        seq: u64,
    },
    /// No sealed record has this hash.
    #[error("no sealed record has the hash {hash}")]
    NoSuchHash {
        /// The hash.
        hash: Hash,
    },
    /// The keyring does not answer for the newest checkpoint.
    #[error("the checkpoint of {size} records is not one that is trusted")]
    Untrusted {
        /// How many records it covers.
        size: u64,
        /// Why.
        source: audit_chain::Error,
    },
    /// The record is in no checkpoint yet.
    #[error("record {seq} is not sealed yet, the newest checkpoint covers {sealed} records")]
    NotSealed {
        /// Its number.
        seq: u64,
        /// How many records are sealed.
        sealed: u64,
    },
    /// The body of a record was removed.
    #[error("the body of record {seq} was pruned")]
    BodyPruned {
        /// Its number.
        seq: u64,
    },
    /// A tile that the proof is built from is not there.
    #[error("the tile `{path}` is not there")]
    TileMissing {
        /// Its key.
        path: String,
    },
    /// What is stored is not what it must be.
    #[error("what is stored does not hold: {finding}")]
    Unsound {
        /// What was found.
        finding: Arc<Finding>,
    },
    /// What was asked for makes no sense.
    #[error("the request cannot be used: {reason}")]
    Invalid {
        /// Why.
        reason: String,
    },
    /// A retention or a hold protects a segment.
    #[error("`{key}` is protected: {until}")]
    Protected {
        /// Its key.
        key: String,
        /// Until when, or that it is held.
        until: String,
    },
    /// An older log was tampered with.
    #[error("the older log does not hold, {count} findings; one is: {first}")]
    LegacyUnsound {
        /// How many things were found.
        count: u64,
        /// The message of one of the heaviest.
        first: String,
    },
    /// The ledger did not record it.
    #[error("the ledger did not record it")]
    Ledger {
        /// Why.
        source: super::Error,
    },
    /// A format did not hold what it should.
    #[error("failed to {act}")]
    Format {
        /// What was tried.
        act: &'static str,
        /// What is wrong.
        source: audit_chain::Error,
    },
    /// The store did not do what was needed.
    #[error("failed to {act}")]
    Store {
        /// What was tried: `find the newest checkpoint`, …
        act: &'static str,
        /// What the store said.
        source: Arc<StoreError>,
    },
    /// A file could not be written.
    #[error("failed to write `{path}`")]
    File {
        /// The file.
        path: String,
        /// What the system said.
        source: Arc<std::io::Error>,
    },
}

impl ReadError {
    /// Every code that reading can return, in order of declaration.
    pub const CODES: &'static [&'static str] = <Self as strum::VariantNames>::VARIANTS;

    /// The stable code of this error, for example `ledger.not_sealed`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// The exit status of a program that says this: 2, 3, 6, 7 or 8.
    pub fn exit_status(&self) -> u8 {
        match self {
            Self::NoLog { .. }
            | Self::NoCheckpoint
            | Self::NoSuchRecord { .. }
            | Self::NoSuchHash { .. }
            | Self::NotSealed { .. }
            | Self::BodyPruned { .. } => 3,
            Self::TileMissing { .. } | Self::Untrusted { .. } => 8,
            Self::Protected { .. } => 5,
            Self::Ledger { source } if source.finding().is_some() => 7,
            Self::Ledger { .. } => 6,
            Self::LegacyUnsound { .. } | Self::Unsound { .. } | Self::Format { .. } => 7,
            Self::Invalid { .. } | Self::File { .. } | Self::HasLanes { .. } => 2,
            Self::Store { source, .. } => match source.kind {
                StoreErrorKind::Invalid => 2,
                StoreErrorKind::NotFound => 3,
                StoreErrorKind::Exists => 4,
                StoreErrorKind::Protected => 5,
                StoreErrorKind::Corrupt => 7,
                StoreErrorKind::Denied => 8,
                StoreErrorKind::Ambiguous | StoreErrorKind::Unavailable => 6,
            },
        }
    }

    /// The way out, if there is one to name.
    pub fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::NoLog { .. } => "check the place",
            Self::HasLanes { .. } => {
                "name one of these logs: the receipt of an event names its lane"
            }
            Self::NoCheckpoint => "open the ledger with a signing key and seal it",
            Self::NotSealed { .. } => "seal the log first: `strongroom audit checkpoint`",
            Self::NoSuchHash { .. } => "name the record by its number if it is not sealed yet",
            Self::Protected { .. } => "ask for expired segments only, or wait",
            Self::LegacyUnsound { .. } => "import it even if damaged: what was found is recorded",
            Self::Ledger { source } => return source.hint(),
            Self::BodyPruned { .. } => "the proof alone can still be made",
            Self::Untrusted { .. } => "name the keys and witnesses that sign this log",
            Self::TileMissing { .. } => "tiles are written by the next checkpoint",
            Self::Unsound { .. } | Self::Format { .. } => {
                "keep the store as it is and run `strongroom audit verify`"
            }
            _ => return None,
        })
    }

    pub(super) fn store(act: &'static str) -> impl FnOnce(StoreError) -> Self {
        move |source| Self::Store { act, source: Arc::new(source) }
    }

    pub(super) fn ledger(source: super::Error) -> Self {
        Self::Ledger { source }
    }

    pub(super) fn unsound(finding: Finding) -> Self {
        Self::Unsound { finding: Arc::new(finding) }
    }
}
