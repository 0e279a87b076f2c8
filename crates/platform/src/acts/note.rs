//! The note of a plan that is not carried out yet.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use storage_core::{Digest, Plan};

use super::{Error, OPEN, Result};
use crate::ledger::Receipt;

#[derive(Debug)]
pub(super) struct Note {
    pub(super) key: String,
    pub(super) body: Bytes,
    pub(super) digest: Digest,
    pub(super) plan: Plan,
    /// The event of the act is in the ledger at this number or later, or not at all.
    pub(super) from_seq: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    v: u32,
    from_seq: u64,
    plan: Plan,
}

impl Note {
    pub(super) fn of(plan: &Plan, from_seq: u64) -> Result<Self> {
        let digest = plan.digest()?;
        let written = Written { v: 1, from_seq, plan: plan.clone() };
        let body = serde_json::to_vec(&written).expect("a plan that has a digest can be written");
        let key = format!("{OPEN}{}", digest.hex());
        Ok(Self { key, body: body.into(), digest, plan: plan.clone(), from_seq })
    }

    pub(super) fn read(key: &str, body: &[u8]) -> Result<Self> {
        let broken = |reason: String| Error::NoteBroken { key: key.to_owned(), reason };
        let Written { v, from_seq, plan } =
            serde_json::from_slice(body).map_err(|error| broken(error.to_string()))?;
        if v != 1 || plan.v != 1 {
            return Err(broken("it is of a later version of strongroom".to_owned()));
        }
        let note = Self::of(&plan, from_seq)?;
        match note.key == key {
            true => Ok(note),
            false => Err(broken("its plan does not have the digest of its key".to_owned())),
        }
    }
}

/// The receipt of the record on `line`, if it has this id.
pub(super) fn receipt_of(line: &[u8], event_id: &str) -> Option<Receipt> {
    let record: serde_json::Value = serde_json::from_slice(line).ok()?;
    let text = |name: &str| record.get(name).and_then(|it| it.as_str());
    if text("event_id") != Some(event_id) {
        return None;
    }
    Some(Receipt {
        seq: record.get("seq")?.as_u64()?,
        record_hash: text("record_hash")?.parse().ok()?,
        previous_hash: match text("previous_hash") {
            Some(hash) => Some(hash.parse().ok()?),
            None => None,
        },
        timestamp: text("timestamp")?.to_owned(),
    })
}
