//! Why a word of storage was refused.

/// Why a name, a tag or a digest was refused. The code is stable; the message is not.
#[derive(
    Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames,
)]
#[strum(serialize_all = "snake_case", prefix = "storage.")]
#[non_exhaustive]
pub enum Error {
    /// A bucket name breaks a naming rule of S3.
    #[error("the bucket name {broken}")]
    BucketNameInvalid {
        /// The rule that is broken, as the end of a sentence that begins with "the bucket name".
        broken: &'static str,
    },
    /// A tag breaks a rule of AWS.
    #[error("the tag {broken}")]
    TagInvalid {
        /// The rule that is broken, as the end of a sentence that begins with "the tag".
        broken: &'static str,
    },
    /// A digest is not `sha256:` and 64 lower case hexadecimal digits.
    #[error("a digest is `sha256:` and 64 lower case hexadecimal digits")]
    DigestInvalid,
    /// A text is not a plain decimal number.
    #[error("`{text}` is not a decimal number: {broken}")]
    DecimalInvalid {
        /// The text, or how it begins.
        text: String,
        /// What is wrong with it, as the end of a sentence.
        broken: &'static str,
    },
    /// A value cannot be written as canonical JSON.
    #[error("this value has no canonical JSON: {broken}")]
    NotCanonical {
        /// What stands in the way.
        broken: String,
    },
}

impl Error {
    /// Every code this crate can return, in order of declaration.
    pub const CODES: &'static [&'static str] = <Self as strum::VariantNames>::VARIANTS;

    /// The stable code of this error, for example `storage.bucket_name_invalid`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::DecimalInvalid { .. } => Some("write plain digits, such as `-0.25` or `2.50`"),
            Self::NotCanonical { .. } => Some("write numbers with a fraction as text"),
            Self::BucketNameInvalid { .. } | Self::TagInvalid { .. } | Self::DigestInvalid => None,
        }
    }
}
