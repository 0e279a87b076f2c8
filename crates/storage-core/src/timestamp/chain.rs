//! A token and its renewals.

use chrono::{DateTime, Utc};

use super::{Error, Roots, Stamp, Token};
use crate::Digest;

/// Whether the last token of a chain can still vouch for those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It can; take the next one before this moment.
    Valid {
        /// When the certificate of the last authority ends.
        renew_before: DateTime<Utc>,
    },
    /// A certificate has ended, and the token was not renewed: since then it vouches for nothing by itself.
    Expired {
        /// When the certificate of the last authority ended; one above it may have ended earlier.
        since: DateTime<Utc>,
    },
}

/// What a chain of tokens says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Chain {
    /// What each token says, oldest first. The first is about the digest itself.
    pub stamps: Vec<Stamp>,
    /// Whether the chain still holds.
    pub standing: Standing,
}

/// Verifies that `tokens[0]` is about `digest` and every other one about the token before it, taken while the
/// one before could still be verified; and says how the last one stands at `now`.
///
/// # Errors
///
/// [`Error::NoToken`], those of [`Token::verify`], [`Error::RenewedTooLate`].
pub fn verify_chain(
    digest: Digest,
    tokens: &[Token],
    roots: &Roots,
    now: DateTime<Utc>,
) -> Result<Chain, Error> {
    let mut verified = Vec::with_capacity(tokens.len());
    let mut about = digest;
    for token in tokens {
        verified.push(token.verified(about, roots)?);
        about = token.digest();
    }
    for (at, pair) in verified.windows(2).enumerate() {
        let renewed = pair[1].stamp.time;
        if renewed < pair[0].stamp.time || !pair[0].holds_at(roots, renewed)? {
            return Err(Error::RenewedTooLate { number: at + 1, at: renewed });
        }
    }
    let Some(last) = verified.last() else { return Err(Error::NoToken) };
    let ends = last.stamp.signer_ends;
    let standing = if last.holds_at(roots, now)? {
        Standing::Valid { renew_before: ends }
    } else {
        Standing::Expired { since: ends }
    };
    Ok(Chain { stamps: verified.into_iter().map(|it| it.stamp).collect(), standing })
}
