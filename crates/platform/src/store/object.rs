//! What a store says about an object.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, Utc};

use storage_core::{Lock, LockMode};

use super::Key;

/// One state of one object, as its store tells states apart. Opaque: keep it and hand it back.
///
/// S3 calls the state of an unversioned object `null`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub String);

/// What a store knows about one version of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Object {
    /// Its name.
    pub key: Key,
    /// Which state this is; `None` where the store keeps only one.
    pub version: Option<Version>,
    /// Length of the body in bytes.
    pub size_bytes: u64,
    /// When the store received it, by the store's clock.
    pub modified: DateTime<Utc>,
    /// The media type it was stored with.
    pub content_type: Option<String>,
    /// What the writer said about it (keys in lower case).
    pub metadata: BTreeMap<String, String>,
    /// What the store calls these bytes, if it does: other bytes under this name are called otherwise.
    /// On S3 the entity tag.
    pub tag: Option<String>,
    /// The SHA-256 of the body, if the store kept one.
    pub sha256: Option<[u8; 32]>,
    /// Protection by date.
    pub lock: Option<Lock>,
    /// Protection until lifted.
    pub legal_hold: bool,
}

/// An object with its body, or with the part of it that was asked for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Read {
    /// What the store knows about it.
    pub object: Object,
    /// The bytes.
    pub body: Bytes,
}

/// One entry of a listing of current objects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub key: Key,
    /// Length of the body in bytes.
    pub size_bytes: u64,
    /// When the store received it, by the store's clock.
    pub modified: DateTime<Utc>,
}

/// One entry of a listing of versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionEntry {
    /// Its name.
    pub key: Key,
    /// Which state.
    pub version: Version,
    /// Whether this is what a plain read gives.
    pub latest: bool,
    /// `true` for a delete marker, which has no body.
    pub delete_marker: bool,
    /// Length of the body in bytes; 0 for a delete marker.
    pub size_bytes: u64,
    /// When the store received it, by the store's clock.
    pub modified: DateTime<Utc>,
}

/// One page of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// In order of keys (by bytes); the versions of one key newest first.
    pub entries: Vec<T>,
    /// Hand it back for the next page; `None` on the last.
    pub next: Option<String>,
}

/// What became of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The state that was written; `None` where the store keeps only one.
    pub version: Option<Version>,
}

/// What became of a deletion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deleted {
    /// The bytes are gone (or were never there).
    Removed,
    /// A marker hides the object; its versions are still there.
    Marked(Version),
}

/// Whether a bucket keeps what is overwritten or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Versioning {
    /// Never was on.
    Off,
    /// Every write makes a version.
    On,
    /// Was on, and older versions may be there.
    Suspended,
}

/// How the bucket (or the directory) as a whole is set up.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct BucketState {
    /// Whether old states are kept.
    pub versioning: Versioning,
    /// Whether versions can be protected at all.
    pub object_lock: bool,
    /// The protection a version gets when its writer names none: mode and days.
    pub default_lock: Option<(LockMode, u32)>,
}

impl BucketState {
    /// A bucket that keeps one state of each object and protects none.
    pub fn plain() -> Self {
        Self { versioning: Versioning::Off, object_lock: false, default_lock: None }
    }
}
