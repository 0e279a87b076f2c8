//! Why a report has no text.

use super::Format;

/// Why no text could be extracted. The code is stable; the message is not.
#[derive(
    Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames,
)]
#[strum(serialize_all = "snake_case", prefix = "extract.")]
#[non_exhaustive]
pub enum Error {
    /// More would have to be read or unpacked than is allowed.
    #[error("there are more than {limit} bytes to read")]
    TooLarge {
        /// How many are allowed.
        limit: usize,
    },
    /// The bytes are something else, or damaged.
    #[error("no text can be read from this {format}: {reason}")]
    Unreadable {
        /// What they should be.
        format: &'static str,
        /// What the reader said.
        reason: String,
    },
    /// A password is needed.
    #[error("it is encrypted with a password")]
    Encrypted,
}

impl Error {
    /// Every code of this module, in order of declaration.
    pub const CODES: &'static [&'static str] = <Self as strum::VariantNames>::VARIANTS;

    /// The stable code of this error, for example `extract.too_large`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    pub(super) fn unreadable(format: Format, reason: impl ToString) -> Self {
        // A reader may repeat what it read: one short line is enough.
        let reason = reason.to_string().chars().take(200).flat_map(char::escape_debug).collect();
        Self::Unreadable { format: format.into(), reason }
    }
}
