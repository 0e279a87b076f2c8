//! Tokens that say when somebody else saw a digest (RFC 3161; feature `timestamp`).
//!
//! An archive can write any date it likes under its own manifests. A time-stamping authority signs, with
//! *its* key, that it saw a digest at a moment; whoever trusts the authority need not trust the archive.
//!
//! ```text
//! Request::new(digest, nonce).der()  ──POST application/timestamp-query──▶  authority
//! Token::from_response(request, …)   ◀──      its answer
//! token.verify(digest, roots)                  the stamp, if the signature and the path to a root hold
//! ```
//!
//! Sending is left to others; nothing here opens a connection or reads a clock.
//!
//! **A token ages.** Once the certificate of the authority has ended, nobody can say any more whether its key
//! was still secret when the token was made. So before that a new token is taken over the digest of the old
//! one, as RFC 4998 has it for archives; [`verify_chain`] checks that each was renewed in time and says when
//! the last has to be. The chain here is a plain list of tokens, no *evidence record* of RFC 4998.
//!
//! Not checked: revocation, and which of the authority's policies was used. Tokens have to be DER; those with
//! fractions of a second are not read by the library that is used and are refused.

mod chain;
mod error;
mod request;
mod signed;
mod token;

pub use chain::{Chain, Standing, verify_chain};
pub use error::Error;
pub use request::Request;
pub use token::{Roots, Stamp, Token};

#[cfg(test)]
mod tests;
