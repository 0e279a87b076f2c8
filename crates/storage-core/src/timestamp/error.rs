//! Why a token proves nothing.

use chrono::{DateTime, Utc};

/// Why a token proves nothing. The code is stable; the message is not.
#[derive(
    Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames,
)]
#[strum(serialize_all = "snake_case", prefix = "timestamp.")]
#[non_exhaustive]
pub enum Error {
    /// It is not written as one of its kind.
    #[error("this is no {what}: {reason}")]
    Unreadable {
        /// What it should be.
        what: &'static str,
        /// What the reader said.
        reason: String,
    },
    /// The authority gave no token.
    #[error("the authority refused: {reason}")]
    Refused {
        /// What it said.
        reason: String,
    },
    /// It is about something else.
    #[error("the token is about another digest")]
    OtherDigest,
    /// It answers another request.
    #[error("the token answers another request")]
    OtherNonce,
    /// It was signed by nobody, or changed since.
    #[error("the signature of the token does not hold: {reason}")]
    SignatureInvalid {
        /// Which part of it.
        reason: &'static str,
    },
    /// The certificate of the authority leads to none of the roots, or is not for time stamps.
    #[error("the authority of the token is not trusted: {reason}")]
    SignerUntrusted {
        /// Why.
        reason: String,
    },
    /// The certificate of the authority was not valid when it signed.
    #[error("the certificate of the authority was not valid at {at}")]
    SignerNotValid {
        /// When it signed.
        at: DateTime<Utc>,
    },
    /// A token was renewed when it could vouch for nothing any more.
    #[error("token {number} was renewed at {at}, after the certificate of its authority had ended")]
    RenewedTooLate {
        /// Which, counted from 1.
        number: usize,
        /// When it was renewed.
        at: DateTime<Utc>,
    },
    /// There is no token.
    #[error("there is no token")]
    NoToken,
}

impl Error {
    /// Every code of this module, in order of declaration.
    pub const CODES: &'static [&'static str] = <Self as strum::VariantNames>::VARIANTS;

    /// The stable code of this error, for example `timestamp.other_digest`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    pub(super) fn unreadable(what: &'static str) -> impl Fn(der::Error) -> Self {
        move |error| Self::Unreadable { what, reason: error.to_string() }
    }
}
