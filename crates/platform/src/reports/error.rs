//! Why a flow over reports could not go on.

use std::io;

use storage_core::Digest;
use storage_core::reports::{self, ReportKey};

use crate::Kind;
use crate::acts;
use crate::bags;
use crate::body_keys;
use crate::ledger::ReadError;
use crate::numbered::NumberedError;
use crate::store::{StoreError, StoreErrorKind};

/// Why a flow over reports could not go on.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case", prefix = "reports.")]
#[non_exhaustive]
pub enum Error {
    /// What was asked for is refused, or what is stored does not verify.
    #[error(transparent)]
    Refused(#[from] reports::Error),
    /// An act was not done, or not finished.
    #[error(transparent)]
    Act(#[from] acts::Error),
    /// There is no such report.
    #[error("there is no report `{report}`")]
    NoReport {
        /// Type, tenant and id, and the period if it was given.
        report: String,
    },
    /// The report has no file of this name.
    #[error("the report `{report}` has no file `{file}`")]
    NoFile {
        /// Which report.
        report: ReportKey,
        /// The name.
        file: String,
    },
    /// The report is sealed, and nobody said where the keys are.
    #[error("the content of `{report}` is sealed, and the store of keys is not known")]
    KeysMissing {
        /// Which report.
        report: ReportKey,
    },
    /// The key of a sealed report could not be made, had or destroyed.
    #[error("failed to {act} the key of `{report}`")]
    Key {
        /// What was tried.
        act: &'static str,
        /// Which report.
        report: ReportKey,
        /// Why.
        source: Box<body_keys::Error>,
    },
    /// The idempotency key stands for another request.
    #[error("the idempotency key of `{report}` was used for another request")]
    KeyTaken {
        /// The report that it stands for.
        report: ReportKey,
    },
    /// The same request came before with another content.
    #[error("the file `{file}` of `{report}` was stored with another content before")]
    ContentDiffers {
        /// Which report.
        report: ReportKey,
        /// Which file.
        file: String,
    },
    /// What was to be archived could not be read.
    #[error("failed to read the content of `{file}`")]
    Content {
        /// Which file.
        file: String,
        /// What the system said.
        source: io::Error,
    },
    /// The store cannot keep what the rules demand.
    #[error("the store at `{place}` cannot keep it: {reason}")]
    Unfit {
        /// Where.
        place: String,
        /// What it does, or does not.
        reason: String,
    },
    /// The document of an archive cannot be used.
    #[error("the document of the archive at `{place}` cannot be used: {reason}")]
    DocumentInvalid {
        /// Where.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Nobody approved that list.
    #[error("nobody approved `{list}`")]
    NotApproved {
        /// The list.
        list: Digest,
    },
    /// A certificate does not verify.
    #[error("the certificate of `{report}` does not verify: {broken}")]
    CertificateInvalid {
        /// Which report.
        report: ReportKey,
        /// What does not fit.
        broken: String,
    },
    /// The place to go on from is none.
    #[error("`{cursor}` is no place in this listing")]
    CursorInvalid {
        /// What was given.
        cursor: String,
    },
    /// A report could not be written as a bag.
    #[error(transparent)]
    Bag(#[from] bags::Error),
    /// A token of a time-stamping authority proves nothing.
    #[cfg(feature = "timestamp")]
    #[error("the time stamp of `{report}` does not hold")]
    Timestamp {
        /// Which report.
        report: ReportKey,
        /// Why.
        source: storage_core::timestamp::Error,
    },
    /// The index could not be used.
    #[cfg(feature = "search")]
    #[error(transparent)]
    Index(#[from] crate::search::Error),
    /// The ledger could not be read.
    #[error("failed to read the ledger")]
    Ledger {
        /// Why.
        source: Box<ReadError>,
    },
    /// The store did not do what was needed.
    #[error("failed to {act}")]
    Store {
        /// What was tried.
        act: &'static str,
        /// What the store said.
        source: Box<StoreError>,
    },
    /// An object that is written once could not be written.
    #[error("failed to {act}")]
    Write {
        /// What was tried.
        act: &'static str,
        /// What the store said.
        source: Box<NumberedError>,
    },
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    NoRandomness {
        /// What the system said.
        source: getrandom::Error,
    },
}

/// What a flow over reports returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The codes of this module's own errors, in order of declaration.
    pub const CODES: &'static [&'static str] = <Self as strum::VariantNames>::VARIANTS;

    /// The stable code of this error, for example `reports.no_report`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Refused(error) => error.code(),
            Self::Act(error) => error.code(),
            Self::Bag(error) => error.code(),
            #[cfg(feature = "search")]
            Self::Index(error) => error.code(),
            #[cfg(feature = "timestamp")]
            Self::Timestamp { source, .. } => source.code(),
            other => other.into(),
        }
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Refused(error) => return error.hint(),
            Self::Act(error) => error.hint()?,
            Self::KeysMissing { .. } => "say where the keys of sealed reports are",
            #[cfg(feature = "search")]
            Self::Index(error) => error.hint()?,
            Self::Key { source, .. } => return source.hint().map(str::to_owned),
            Self::Bag(error) => error.hint()?,
            Self::KeyTaken { .. } => "use another key for another report",
            Self::ContentDiffers { .. } => {
                "hand in the same content again, or use another idempotency key"
            }
            Self::Unfit { .. } => {
                "use a bucket with object lock on and without expiry, or have the rules alone protect"
            }
            Self::NotApproved { .. } => "have somebody else approve the list first",
            Self::CursorInvalid { .. } => "hand in what the page before gave, or nothing",
            Self::Content { .. } | Self::Store { .. } | Self::Write { .. } => {
                "do the same again: what is stored already is not stored twice"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }

    /// The exit status of a command that fails with this: 2 invalid, 3 not found, 4 conflict, 5
    /// protected, 6 unavailable, 7 tampered.
    pub fn exit_status(&self) -> u8 {
        use reports::Error as Refused;
        let of_store = |kind| match kind {
            StoreErrorKind::Corrupt => 7,
            StoreErrorKind::Protected => 5,
            StoreErrorKind::Invalid => 2,
            _ => 6,
        };
        match self {
            Self::Refused(Refused::Altered { .. }) | Self::CertificateInvalid { .. } => 7,
            Self::Refused(Refused::Gone { .. }) => 3,
            Self::Refused(Refused::Protected { .. } | Refused::ApprovalInvalid { .. }) => 5,
            Self::NotApproved { .. } => 5,
            Self::Refused(_) | Self::CursorInvalid { .. } | Self::DocumentInvalid { .. } => 2,
            Self::Unfit { .. } | Self::Content { .. } => 2,
            Self::KeyTaken { .. } => 4,
            Self::KeysMissing { .. } => 2,
            #[cfg(feature = "timestamp")]
            Self::Timestamp { source, .. } => of_timestamp(source),
            #[cfg(feature = "search")]
            Self::Index(error) => match error.kind() {
                crate::Kind::NotFound => 3,
                crate::Kind::Unavailable => 6,
                _ => 2,
            },
            Self::Key { source, .. } => of_keys(source),
            Self::Act(error) => match error.root() {
                acts::Error::Conflict { .. } | acts::Error::Taken { .. } => 4,
                acts::Error::ContentAltered { .. } => 7,
                acts::Error::KeysMissing { .. } => 2,
                root => root.store_kind().map_or(6, of_store),
            },
            Self::ContentDiffers { .. } => 4,
            Self::NoReport { .. } | Self::NoFile { .. } => 3,
            Self::Store { source, .. } => of_store(source.kind),
            Self::Bag(error) => match error.kind() {
                Kind::Invalid => 2,
                Kind::NotFound => 3,
                Kind::Conflict => 4,
                _ => 6,
            },
            _ => 6,
        }
    }

    pub(super) fn store(act: &'static str) -> impl Fn(StoreError) -> Self {
        move |source| Self::Store { act, source: Box::new(source) }
    }

    pub(super) fn write(act: &'static str) -> impl Fn(NumberedError) -> Self {
        move |source| Self::Write { act, source: Box::new(source) }
    }

    pub(super) fn altered(report: &ReportKey, broken: impl Into<String>) -> Self {
        Self::Refused(reports::Error::Altered { report: report.clone(), broken: broken.into() })
    }
}

fn of_keys(error: &body_keys::Error) -> u8 {
    match error {
        body_keys::Error::Unknown { .. } | body_keys::Error::Destroyed { .. } => 3,
        body_keys::Error::Sealed(storage_core::sealed::Error::WrappedKeyAltered) => 7,
        body_keys::Error::Malformed { .. } => 7,
        error if error.kind() == crate::Kind::Unavailable => 6,
        _ => 2,
    }
}

#[cfg(feature = "timestamp")]
fn of_timestamp(error: &storage_core::timestamp::Error) -> u8 {
    use storage_core::timestamp::Error as E;
    match error {
        E::SignatureInvalid { .. } | E::OtherDigest => 7,
        // Who trusts nobody, or too late, cannot tell.
        E::SignerUntrusted { .. } | E::SignerNotValid { .. } | E::RenewedTooLate { .. } => 8,
        _ => 2,
    }
}
