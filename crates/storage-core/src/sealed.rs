//! Bodies that only who holds a key can read, so that destroying the key destroys them everywhere.
//!
//! An object under Object Lock can never be changed, and copies of it lie in backups. A body that was
//! encrypted before it was stored is noise once its key is gone. Every report has a random key of its own,
//! the *data key*; an *application key* wraps it, so that there is one secret to guard and many to forget.
//!
//! ```text
//! sealed body = "strongroom/sealed-body/1\n" · commitment (32) · nonce (19) · pieces
//! piece       = ciphertext of 65,536 octets (of the last one: 1 to 65,536; 0 if there is no other) · tag (16)
//! ```
//!
//! - **Pieces are in order and complete.** They are the segments of STREAM (Hoang, Reyhanitabar, Rogaway,
//!   Vizár, "Online Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015; the variant
//!   `BE32`) over XChaCha20-Poly1305: each is bound to its number and to whether it is the last, so that a
//!   body that was cut off, reordered, or put together from two does not open.
//! - **A body is bound to its place.** The associated data is the SHA-256 of a fixed text, the commitment,
//!   and the place, which is the key of the object.
//! - **One ciphertext, one key.** Poly1305 alone does not bind a ciphertext to one key. The commitment is
//!   the SHA-256 of a fixed text and the data key; whoever opens a body checks it first, and so a wrong key
//!   is told from an altered body.
//!
//! Nothing here makes randomness: keys and nonces are handed in. Nothing prints a key.

mod error;
mod key;
mod stream;

pub use error::Error;
pub use key::{ApplicationKey, DataKey, KeyName, WrappedKey};
pub use stream::{NONCE, Opener, PIECE, Sealer, sealed_length};

#[cfg(test)]
mod tests;
