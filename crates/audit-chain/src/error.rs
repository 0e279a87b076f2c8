//! Why bytes were refused, or a proof did not hold.

/// Why bytes were refused, or a proof did not hold.
#[derive(
    Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames,
)]
#[strum(serialize_all = "snake_case", prefix = "audit.")]
#[non_exhaustive]
pub enum Error {
    /// A hash is not 64 lower-case hexadecimal digits.
    #[error("a hash is written as 64 hexadecimal digits in lower case")]
    HashInvalid,
}

/// What a function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Every code this crate can return, in order of declaration.
    pub const CODES: &'static [&'static str] = <Self as strum::VariantNames>::VARIANTS;

    /// The stable code of this error, for example `audit.hash_invalid`.
    pub fn code(&self) -> &'static str {
        self.into()
    }
}
