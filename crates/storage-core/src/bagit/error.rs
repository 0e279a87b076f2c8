//! Why a part of a bag was refused.

/// Why a part of a bag was refused. The code is stable; the message is not.
#[derive(
    Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames,
)]
#[strum(serialize_all = "snake_case", prefix = "bagit.")]
#[non_exhaustive]
pub enum Error {
    /// A name cannot stand in a bag.
    #[error("`{name}` cannot be a name in a bag: {broken}")]
    NameInvalid {
        /// The name, or how it begins; control characters are escaped.
        name: String,
        /// What is wrong with it.
        broken: &'static str,
    },
    /// A name stands there twice.
    #[error("`{name}` is in the bag twice")]
    NameTwice {
        /// The name.
        name: String,
    },
    /// The declaration `bagit.txt` is none.
    #[error("`bagit.txt` declares no bag that can be read: {broken}")]
    DeclarationInvalid {
        /// What is wrong with it.
        broken: &'static str,
    },
    /// A line of a manifest says nothing.
    #[error("line {line} of the manifest cannot be read: {broken}")]
    ManifestInvalid {
        /// Which, counted from 1.
        line: usize,
        /// What is wrong with it.
        broken: &'static str,
    },
    /// A line of `bag-info.txt` says nothing, or a label cannot be written there.
    #[error("line {line} of `bag-info.txt` cannot be read or written: {broken}")]
    InfoInvalid {
        /// Which, counted from 1.
        line: usize,
        /// What is wrong with it.
        broken: &'static str,
    },
}

impl Error {
    /// Every code of this module, in order of declaration.
    pub const CODES: &'static [&'static str] = <Self as strum::VariantNames>::VARIANTS;

    /// The stable code of this error, for example `bagit.name_invalid`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NameInvalid { .. } => {
                Some("use a relative path such as `data/report.pdf`, with `/` between its parts")
            }
            _ => None,
        }
    }
}
