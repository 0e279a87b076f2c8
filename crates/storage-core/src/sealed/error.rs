//! Why a sealed body or a wrapped key does not open.

/// Why a sealed body or a wrapped key does not open. The code is stable; the message is not.
#[derive(
    Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames,
)]
#[strum(serialize_all = "snake_case", prefix = "sealed.")]
#[non_exhaustive]
pub enum Error {
    /// It does not begin as a sealed body does.
    #[error("this is no sealed body")]
    NotSealed,
    /// It was sealed with another key.
    #[error("this body was sealed with another key")]
    OtherKey,
    /// It is not what was sealed: altered, cut off, put together from others, or of another place.
    #[error("piece {piece} of this body is not what was sealed here")]
    Altered {
        /// Which piece, counted from 0.
        piece: u64,
    },
    /// It is longer than a sealed body can be: 256 TiB.
    #[error("a body of this length cannot be sealed")]
    TooLong,
    /// A wrapped key is written as none can be.
    #[error("this wrapped key cannot be read: {broken}")]
    WrappedKeyInvalid {
        /// What is wrong with it.
        broken: &'static str,
    },
    /// A wrapped key was wrapped with another application key.
    #[error("this key was wrapped with the application key `{needed}`")]
    OtherApplicationKey {
        /// The name of the key that is needed.
        needed: String,
    },
    /// A wrapped key is not what was wrapped: altered, or of another place.
    #[error("this wrapped key is not what was wrapped here")]
    WrappedKeyAltered,
    /// The text of an application key is none.
    #[error("an application key is 64 hexadecimal digits")]
    ApplicationKeyInvalid,
}

impl Error {
    /// Every code of this module, in order of declaration.
    pub const CODES: &'static [&'static str] = <Self as strum::VariantNames>::VARIANTS;

    /// The stable code of this error, for example `sealed.altered`.
    pub fn code(&self) -> &'static str {
        self.into()
    }
}
