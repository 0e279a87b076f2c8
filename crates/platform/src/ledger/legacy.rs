//! The logs of the older logger: one object for each event. Read where they are stored, and taken
//! over into a ledger.
//!
//! Where the bucket keeps versions, the first one of an object is what the logger wrote. It is what is
//! read; a delete marker above it, or a version that says something else, is a finding.

use std::collections::BTreeMap;

use audit_chain::Hash;
use audit_chain::legacy::{self, Analysis, Finding, Kind, LegacyReport, Object};
use futures_util::TryStreamExt as _;
use tokio::sync::oneshot;

use super::objects::{self, Entry, Stored, patiently};
use super::read_error::ReadError;
use crate::store::{Store, Version};

/// How many objects are on their way at a time.
pub(super) const IN_FLIGHT: usize = 64;

/// An older log that was read.
#[derive(Clone, Debug)]
pub struct LegacyLog {
    /// What it is.
    pub report: LegacyReport,
    /// The keys of its objects, in the order in which the report counts them.
    pub keys: Vec<String>,
    /// The versions of those that a plain read does not give.
    versions: BTreeMap<u64, Version>,
}

impl LegacyLog {
    /// Which version of an object is the one that was written first, if a plain read does not give it.
    pub(super) fn version(&self, object: u64) -> Option<&Version> {
        self.versions.get(&object)
    }
}

/// Reads all objects of the older log at `store`, and says what there is to say about it.
///
/// `remembered` is the hash of its last record, if somebody knows it: without it the loss of the
/// newest records cannot be noticed.
///
/// # Errors
///
/// [`ReadError::Store`] when not everything could be listed or read: the order of a log of which a part
/// is unknown would be a wrong one.
pub async fn verify_legacy(
    store: &Store,
    remembered: Option<Hash>,
    mut progress: impl FnMut(u64),
) -> Result<LegacyLog, ReadError> {
    let mut analysis = Analysis::new();
    let (mut keys, mut versions, mut findings) = (Vec::new(), BTreeMap::new(), Vec::new());
    let failed = "list the older log";
    let seen = objects::versions(store).await.map_err(ReadError::store(failed))?;
    let listed = objects::under(store, "", seen);
    let listed = listed.map_err(|error| ReadError::store(failed)(error));
    let objects = listed.map_ok(async |stored| first(store, stored).await);
    let mut objects = std::pin::pin!(objects.try_buffered(IN_FLIGHT));
    while let Some(first) = objects.try_next().await? {
        findings.extend(first.findings);
        let Some((key, object)) = first.object else { continue };
        versions.extend(first.version.map(|it| (keys.len() as u64, it)));
        keys.push(key);
        analysis.add(object);
        progress(keys.len() as u64);
    }
    let mut report = analysis.finish();
    if !findings.is_empty() {
        report.findings.extend(findings);
        report.findings.sort();
    }
    if let Some(head) = remembered {
        report.ends_with(head);
    }
    Ok(LegacyLog { report, keys, versions })
}

/// What was written first under a key, and what became of it.
struct First {
    object: Option<(String, Object)>,
    /// Which version it is, if a plain read does not give it.
    version: Option<Version>,
    findings: Vec<Finding>,
}

async fn first(store: &Store, stored: Stored) -> Result<First, ReadError> {
    let Stored { key, oldest, later, unlisted, marker } = stored;
    let mut findings = Vec::new();
    if marker.is_some() {
        let finding = Finding::new(Kind::DeleteMarker, "a delete marker hides the object");
        findings.push(finding.of(key.as_str()));
    }
    let Some(oldest) = oldest else { return Ok(First { object: None, version: None, findings }) };
    let hidden = marker.is_some() || !later.is_empty();
    let version = oldest.version.filter(|_| hidden);
    let body = read(store, &key, version.as_ref()).await?;
    if !later.is_empty() && (unlisted > 0 || differs(store, &key, &body, &later).await?) {
        let message = "a later version of the object says something else";
        findings.push(Finding::new(Kind::ShadowedVersion, message).of(key.as_str()));
    }
    let object = parsed(store, key, body).await?;
    Ok(First { object: Some(object), version, findings })
}

/// Whether one of the versions is not `body`: a logger that wrote the same event twice under one key
/// did no harm.
async fn differs(
    store: &Store,
    key: &str,
    body: &[u8],
    later: &[Entry],
) -> Result<bool, ReadError> {
    for entry in later {
        if entry.size_bytes != body.len() as u64
            || *read(store, key, entry.version.as_ref()).await? != *body
        {
            return Ok(true);
        }
    }
    Ok(false)
}

async fn read(
    store: &Store,
    key: &str,
    version: Option<&Version>,
) -> Result<bytes::Bytes, ReadError> {
    let read = patiently(async || match version {
        Some(version) => store.get_version(key, version).await,
        None => store.get(key).await,
    });
    Ok(read.await.map_err(ReadError::store("read the older log"))?.body)
}

/// Reads one object and looks at it.
pub(super) async fn object(
    store: &Store,
    key: &str,
    version: Option<&Version>,
) -> Result<(String, Object), ReadError> {
    let body = read(store, key, version).await?;
    parsed(store, key.to_owned(), body).await
}

/// Looks at an object, on a thread that does nothing else.
async fn parsed(
    store: &Store,
    key: String,
    body: bytes::Bytes,
) -> Result<(String, Object), ReadError> {
    // The keys of the older logger begin at the bucket's root, or below any prefix. Where the store
    // begins below `audit/`, they are told with it: what follows is checked against the record.
    let above = store.prefix().trim_end_matches('/').rsplit('/').next();
    let named = if above == Some("audit") { format!("audit/{key}") } else { key.to_owned() };
    let (send, receive) = oneshot::channel();
    rayon::spawn(move || {
        let object = legacy::read(&named, &body);
        // Nobody waits any more if the reading was given up.
        let _ = send.send((key, object));
    });
    receive.await.map_err(|_| ReadError::Invalid { reason: "the reading broke off".to_owned() })
}
