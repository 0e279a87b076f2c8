//! The document of a ledger with lanes: which ledger this is, and how many lanes it has for good.

use audit_chain::checkpoint::MAX_ORIGIN_BYTES;
use audit_chain::lanes::{MOST_ID_BYTES, MOST_LANES, folder};
use audit_chain::verify::{Finding, Kind};
use bytes::Bytes;

use super::super::begin::names;
use super::super::stamp::stamp;
use super::super::{Error, Result};
use super::LanesOptions;
use crate::numbered::{Found, Outcome, WriteOnce};
use crate::store::{Conditions, Key, Put, Store};

/// The key of the document, below the prefix of the ledger.
pub(in super::super) const KEY: &str = "lanes";

/// The version of the format that this program writes and reads.
const VERSION: u32 = 1;

/// What is written once, before any of the logs. The oldest version counts.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanesDocument {
    /// The version of this format: 1.
    pub v: u32,
    /// The ledger. The ids of its logs begin with it.
    pub ledger_id: String,
    /// What the origins of the checkpoints of its logs begin with.
    pub origin: String,
    /// How many lanes there are. The lane of an event follows from it, so that it never changes.
    pub lanes: u16,
    /// When the ledger was begun: RFC 3339, UTC. Nobody vouches for it.
    pub created_at: String,
}

impl LanesDocument {
    /// Reads the document.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in one line.
    pub fn read(body: &[u8]) -> Result<Self, String> {
        let document: Self = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        if document.v != VERSION {
            let found = document.v;
            return Err(format!("its format has version {found}, this program reads {VERSION}"));
        }
        if document.ledger_id.is_empty() || document.origin.is_empty() {
            return Err("it does not say which ledger this is".to_owned());
        }
        match document.lanes {
            1..=MOST_LANES => Ok(document),
            lanes => Err(format!("a ledger has 1 to {MOST_LANES} lanes, not {lanes}")),
        }
    }
}

/// The document of the ledger at `store`; a new one if there is none and the options allow it. Of
/// several who begin a ledger at once, all get the same.
pub(super) async fn begin(
    store: &Store,
    options: &LanesOptions,
    versioned: bool,
) -> Result<LanesDocument> {
    // As for the document of a log: where there are versions, the oldest counts.
    let conditions = if versioned { Conditions::OldestVersion } else { Conditions::Atomic };
    let once = WriteOnce::new(store.clone(), conditions).with_retry(options.log.retry);
    let key = Key::new(KEY).map_err(Error::store("name the document of the lanes"))?;
    let there = once.get(&key).await.map_err(Error::store("read the document of the lanes"))?;
    let body = match there {
        Some(Found { body, .. }) => body,
        None => {
            refuse_others(store).await?;
            if !options.log.create {
                return Err(Error::NoLog { place: store.location() });
            }
            let document = new_document(options)?;
            let now = options.log.clock.now();
            let lock = options.log.retention.as_ref().map(|it| it.lock(now, it.longest()));
            let put = Put::absent().typed("application/json").locked(lock);
            let body = serde_json::to_vec(&document).expect("the document is plain data");
            let body = Bytes::from(body);
            let outcome = once.put(&key, body.clone(), |_| false, &put).await;
            match outcome.map_err(Error::write("begin a ledger with lanes"))? {
                Outcome::Won { .. } => body,
                Outcome::Lost { body, .. } => body,
            }
        }
    };
    let document = LanesDocument::read(&body)
        .map_err(|reason| Error::DocumentInvalid { place: store.location(), reason })?;
    let asked = |what: &'static str, found: &str, asked: Option<&str>| match asked {
        Some(asked) if asked != found => {
            Err(Error::OtherLog { what, found: found.to_owned(), asked: asked.to_owned() })
        }
        _ => Ok(()),
    };
    asked("id", &document.ledger_id, options.log.log_id.as_deref())?;
    asked("origin", &document.origin, options.log.origin.as_deref())?;
    let lanes = options.lanes.map(|lanes| lanes.to_string());
    asked("number of lanes", &document.lanes.to_string(), lanes.as_deref())?;
    Ok(document)
}

/// No ledger is begun where a log is, or where the document of a ledger is gone.
async fn refuse_others(store: &Store) -> Result<()> {
    for prefix in ["log", "seg/", "ckpt/"] {
        if super::holds(store, prefix).await? {
            return Err(Error::NoLanes { place: store.location() });
        }
    }
    for prefix in ["root/", "lane/"] {
        // Somebody may have begun it since.
        if super::holds(store, prefix).await? && !super::has_lanes(store).await? {
            let message = "there are lanes, but not the document that says how many";
            let finding = Finding::new(Kind::MissingLogDocument, message);
            return Err(Error::poisoned(finding.of(KEY)));
        }
    }
    Ok(())
}

fn new_document(options: &LanesOptions) -> Result<LanesDocument> {
    let invalid = |reason: String| Err(Error::OptionsInvalid { reason });
    let lanes = match options.lanes {
        Some(lanes @ 1..=MOST_LANES) => lanes,
        Some(lanes) => {
            return invalid(format!("a ledger has 1 to {MOST_LANES} lanes, not {lanes}"));
        }
        None => return invalid("how many lanes a new ledger has is not said".to_owned()),
    };
    // Those of its logs are longer.
    let most_origin_bytes = MAX_ORIGIN_BYTES - "/".len() - folder(0).len();
    let (ledger_id, origin) = names(&options.log, MOST_ID_BYTES, most_origin_bytes)?;
    let created_at = stamp(options.log.clock.now());
    Ok(LanesDocument { v: VERSION, ledger_id, origin, lanes, created_at })
}
