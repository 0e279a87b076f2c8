//! What the log says about itself: records of the ledger's own.

use crate::Hash;
use crate::json::Value;

/// Bodies of records were removed.
pub const PRUNED: &str = "_audit.pruned";
/// Records of an older log were taken over.
pub const LEGACY_IMPORT: &str = "_audit.legacy_import";
/// Another key signs from here on.
pub const KEY_ROTATED: &str = "_audit.key_rotated";
/// The key of a subject was destroyed.
pub const SUBJECT_ERASED: &str = "_audit.subject_erased";

/// What a record of the ledger's own says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Pruned(Pruned),
    LegacyImport(LegacyImport),
    /// The verifier keys that are announced.
    KeyRotated(Vec<String>),
    SubjectErased,
    /// Of a kind that this version does not know.
    Unknown,
}

/// `_audit.pruned`: the bodies of the records `first..end` were removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pruned {
    /// The record that says so.
    pub(super) seq: u64,
    pub(super) first: u64,
    pub(super) end: u64,
    /// The hash of the last of them.
    pub(super) last_hash: Option<Hash>,
}

/// `_audit.legacy_import`: the records `first..end` are leaves of an older log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LegacyImport {
    /// The record that says so.
    pub(super) seq: u64,
    pub(super) first: u64,
    pub(super) end: u64,
    /// The RFC 6962 root over their hashes, as a tree of its own.
    pub(super) root: Hash,
}

/// Reads the line of a record whose type begins with `_audit.`; the reason if it makes no sense.
pub(super) fn read(seq: u64, event_type: &str, line: &[u8]) -> Result<Event, String> {
    let record = Value::parse(line).map_err(|error| error.to_string())?;
    let details = record.get("details").ok_or("it has no details")?;
    let number = |name: &str| {
        details
            .get(name)
            .and_then(Value::as_u64)
            .ok_or_else(|| format!("`details.{name}` is no number"))
    };
    let hash = |name: &str| match details.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(value) => match value.as_str().map(str::parse::<Hash>) {
            Some(Ok(hash)) => Ok(Some(hash)),
            _ => Err(format!("`details.{name}` is no hash")),
        },
    };
    let run = |first: u64, count: u64| match first.checked_add(count) {
        Some(end) if end <= seq => Ok((first, end)),
        _ => Err("it speaks of records that come after it".to_owned()),
    };
    Ok(match event_type {
        PRUNED => {
            let (first, end) = run(number("first_seq")?, number("count")?)?;
            Event::Pruned(Pruned { seq, first, end, last_hash: hash("last_hash")? })
        }
        LEGACY_IMPORT => {
            let (first, end) = run(number("first_index")?, number("count")?)?;
            let root = hash("root")?.ok_or("it has no `details.root`")?;
            Event::LegacyImport(LegacyImport { seq, first, end, root })
        }
        KEY_ROTATED => {
            let keys = ["new_key", "old_key"].map(|name| details.get(name).and_then(Value::as_str));
            Event::KeyRotated(keys.into_iter().flatten().map(str::to_owned).collect())
        }
        SUBJECT_ERASED => Event::SubjectErased,
        _ => Event::Unknown,
    })
}
