//! The logs of the older logger: one object for each event. Read where they are stored, and taken
//! over into a ledger.

use audit_chain::Hash;
use audit_chain::legacy::{self, Analysis, LegacyReport, Object};
use futures_util::TryStreamExt as _;
use tokio::sync::oneshot;

use super::objects::patiently;
use super::read_error::ReadError;
use crate::store::Store;

/// How many objects are on their way at a time.
pub(super) const IN_FLIGHT: usize = 64;

/// An older log that was read.
#[derive(Clone, Debug)]
pub struct LegacyLog {
    /// What it is.
    pub report: LegacyReport,
    /// The keys of its objects, in the order in which the report counts them.
    pub keys: Vec<String>,
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
    let mut keys = Vec::new();
    let listed = store.list_all("", None);
    let listed = listed.map_err(|error| ReadError::store("list the older log")(error));
    let objects = listed.map_ok(async |listed| object(store, listed.key.as_str()).await);
    let mut objects = std::pin::pin!(objects.try_buffered(IN_FLIGHT));
    while let Some((key, object)) = objects.try_next().await? {
        keys.push(key);
        analysis.add(object);
        progress(keys.len() as u64);
    }
    let mut report = analysis.finish();
    if let Some(head) = remembered {
        report.ends_with(head);
    }
    Ok(LegacyLog { report, keys })
}

/// Reads one object and looks at it, on a thread that does nothing else.
pub(super) async fn object(store: &Store, key: &str) -> Result<(String, Object), ReadError> {
    let read = patiently(async || store.get(key).await).await;
    let body = read.map_err(ReadError::store("read the older log"))?.body;
    // The keys of the older logger begin at the bucket's root, or below any prefix. Where the store
    // begins below `audit/`, they are told with it: what follows is checked against the record.
    let above = store.prefix().trim_end_matches('/').rsplit('/').next();
    let named = if above == Some("audit") { format!("audit/{key}") } else { key.to_owned() };
    let (key, (send, receive)) = (key.to_owned(), oneshot::channel());
    rayon::spawn(move || {
        let object = legacy::read(&named, &body);
        // Nobody waits any more if the reading was given up.
        let _ = send.send((key, object));
    });
    receive.await.map_err(|_| ReadError::Invalid { reason: "the reading broke off".to_owned() })
}
