//! How far the conditional writes of a store can be trusted.

use serde::{Deserialize, Serialize};

/// How far the conditional writes of a store can be trusted, and hence how a numbered log is
/// written there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Conditions {
    /// Of several writers who want the same key with `If-None-Match: *` exactly one wins, whatever
    /// the timing. One round trip per append.
    Atomic,
    /// The condition is ignored or lets several racing writers win, but every write is kept as a
    /// version and the versions are listed in an order that does not change: the oldest version of
    /// a key is the winner. Two round trips per append: a write and a listing of versions.
    OldestVersion,
}
