//! The formats of a tamper-evident audit log, and the rules that verify it.
//!
//! Canonical records exactly as CPython's `json.dumps(sort_keys=True)` prints them, the hash chain
//! over them, segments, the RFC 6962 Merkle tree, C2SP tiles, checkpoints and proofs. Bytes in, bytes
//! out: an auditor can use this crate alone.
//!
//! You will not find a store, a clock, a source of randomness or another crate of strongroom here.

pub mod canonical;
pub mod checkpoint;
mod error;
mod hash;
mod hex;
mod hmac;
pub mod json;
pub mod keyring;
pub mod lanes;
pub mod legacy;
pub mod merkle;
pub mod note;
pub mod proof;
pub mod record;
pub mod seal;
pub mod segment;
pub mod tile;
pub mod verify;

pub use error::{Error, Result};
pub use hash::Hash;
pub use hmac::hmac_sha256;
