//! Why something about reports was refused.

use chrono::{DateTime, Utc};

use super::{FileName, ReportKey};
use crate::retention;

/// Why a name, an act or a stored document of a report was refused. The code is stable; the message
/// is not.
#[derive(Debug, thiserror::Error, strum::IntoStaticStr, strum::VariantNames)]
#[strum(serialize_all = "snake_case", prefix = "reports.")]
#[non_exhaustive]
pub enum Error {
    /// There is no such type of report.
    #[error("`{text}` is no type of report")]
    TypeUnknown {
        /// What was given.
        text: String,
    },
    /// A text cannot name a tenant.
    #[error("`{text}` cannot name a tenant")]
    TenantInvalid {
        /// What was given.
        text: String,
    },
    /// A text is no period.
    #[error("`{text}` is no period")]
    PeriodInvalid {
        /// What was given.
        text: String,
    },
    /// A text is no id of a report.
    #[error("`{text}` is no id of a report")]
    IdInvalid {
        /// What was given.
        text: String,
    },
    /// A text cannot name a file of a report.
    #[error("`{text}` cannot name a file of a report: {broken}")]
    FileNameInvalid {
        /// What was given.
        text: String,
        /// What is wrong with it.
        broken: &'static str,
    },
    /// A text is no media type.
    #[error("`{text}` is no media type")]
    MediaTypeInvalid {
        /// What was given.
        text: String,
    },
    /// A file is named as something else than it is said to be.
    #[error("`{name}` cannot be of the type `{media_type}`")]
    ExtensionDiffers {
        /// The file.
        name: FileName,
        /// What it is said to be.
        media_type: String,
    },
    /// What is to be archived makes no sense.
    #[error("the report cannot be archived: {broken}")]
    RequestInvalid {
        /// Why not.
        broken: String,
    },
    /// What is stored is not what was stored.
    #[error("the report `{report}` was altered: {broken}")]
    Altered {
        /// Which.
        report: ReportKey,
        /// What does not fit.
        broken: String,
    },
    /// A stored document is of a later version of strongroom.
    #[error("the report `{report}` is of a later version of strongroom: {what}")]
    Later {
        /// Which.
        report: ReportKey,
        /// What is not known.
        what: String,
    },
    /// The report was destroyed.
    #[error("the report `{report}` was destroyed on {at}")]
    Gone {
        /// Which.
        report: ReportKey,
        /// When.
        at: DateTime<Utc>,
    },
    /// The report may not be destroyed, or not yet.
    #[error("the report `{report}` may not be destroyed: {reason}")]
    Protected {
        /// Which.
        report: ReportKey,
        /// All that stands in the way.
        reason: String,
    },
    /// What was approved is not what would be done.
    #[error("the approval does not cover this: {broken}")]
    ApprovalInvalid {
        /// What does not fit.
        broken: String,
    },
    /// The rules about retention refuse it.
    #[error(transparent)]
    Retention(#[from] retention::Error),
    /// Something cannot be written down.
    #[error(transparent)]
    Words(#[from] crate::Error),
}

impl Error {
    /// Every code of this module, in order of declaration; those of retention come through it.
    pub const CODES: &'static [&'static str] = <Self as strum::VariantNames>::VARIANTS;

    /// The stable code of this error, for example `reports.type_unknown`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Retention(error) => error.code(),
            Self::Words(error) => error.code(),
            other => other.into(),
        }
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::TypeUnknown { .. } => "write `csrd`, `cbam`, `eudr` or `custom`, in lower case",
            Self::TenantInvalid { .. } => {
                "write 1 to 63 lower case letters, digits, `.`, `-` and `_`, a letter or digit first"
            }
            Self::PeriodInvalid { .. } => "write a year as `2026` or a quarter as `2026-Q1`",
            Self::IdInvalid { .. } => {
                "write the whole UUID in lower case, as archiving the report gave it"
            }
            Self::FileNameInvalid { .. } => "rename the file",
            Self::MediaTypeInvalid { .. } => "write it as `application/pdf`",
            Self::ExtensionDiffers { .. } => "rename the file, or correct its type",
            Self::Altered { .. } => {
                "stop, keep everything as it is, and call whoever is responsible"
            }
            Self::Later { .. } => "use a newer strongroom",
            Self::Protected { .. } => "wait, or have the holds released",
            Self::ApprovalInvalid { .. } => "list what is eligible again, and have that approved",
            Self::Retention(error) => return error.hint(),
            Self::Words(error) => return error.hint().map(str::to_owned),
            _ => return None,
        };
        Some(hint.to_owned())
    }

    pub(super) fn altered(report: &ReportKey, broken: impl Into<String>) -> Self {
        Self::Altered { report: report.clone(), broken: broken.into() }
    }

    pub(super) fn request(broken: impl Into<String>) -> Self {
        Self::RequestInvalid { broken: broken.into() }
    }
}

/// What was given, short enough for a message and on one line.
pub(super) fn shown(text: &str) -> String {
    let mut shown: String = text.chars().take(60).flat_map(char::escape_debug).collect();
    if text.chars().nth(60).is_some() {
        shown.push('…');
    }
    shown
}
