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
}

impl Error {
    /// Every code this crate can return, in order of declaration.
    pub const CODES: &'static [&'static str] = <Self as strum::VariantNames>::VARIANTS;

    /// The stable code of this error, for example `storage.bucket_name_invalid`.
    pub fn code(&self) -> &'static str {
        self.into()
    }
}
