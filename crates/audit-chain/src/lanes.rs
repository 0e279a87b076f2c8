//! Ledgers of several logs: how the logs are named, and what the root log says about the lanes.
//!
//! A ledger with lanes is a number of complete logs, the lanes, and one more, the root log. Each
//! record of the root log says how far every lane was sealed at one moment, so that a checkpoint of
//! the root log covers them all.
//!
//! ```
//! use audit_chain::lanes::{self, Bound};
//! use audit_chain::merkle::empty_root;
//!
//! assert_eq!(lanes::folder(7), "lane/007");
//! let bound = Bound { lane: 7, log_id: lanes::lane_id("orders", 7), size: 0, root: empty_root() };
//! assert_eq!(bound.log_id, "orders.lane-007");
//! let details = lanes::details(&[bound.clone()]);
//! assert_eq!(lanes::read(&details)?, [bound]);
//! # Ok::<(), String>(())
//! ```

use std::collections::BTreeMap;

use crate::Hash;
use crate::json::Value;

/// The type of the records of the root log: how far the lanes were sealed.
pub const BOUND: &str = "_audit.lanes";

/// The most lanes of a ledger. A record of the root log names all of them, and each seal writes some
/// objects for each of them.
pub const MOST_LANES: u16 = 256;

/// Where the root log lies, below the prefix of the ledger.
pub const ROOT: &str = "root";

/// The longest id of a ledger, so that those of its logs fit in 64 bytes.
pub const MOST_ID_BYTES: usize = 64 - ".lane-000".len();

/// What a record of the root log says about one lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// Which lane, from 0.
    pub lane: u16,
    /// The id of its log.
    pub log_id: String,
    /// How many records were sealed.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

/// Where a lane lies, below the prefix of the ledger.
pub fn folder(lane: u16) -> String {
    format!("lane/{lane:03}")
}

/// The id of the log of a lane. It follows from its place, so that lanes cannot change places.
pub fn lane_id(ledger_id: &str, lane: u16) -> String {
    format!("{ledger_id}.lane-{lane:03}")
}

/// The id of the root log.
pub fn root_id(ledger_id: &str) -> String {
    format!("{ledger_id}.root")
}

/// The origin of the checkpoints of a log of the ledger, which lies at `folder`.
pub fn origin(ledger: &str, folder: &str) -> String {
    format!("{ledger}/{folder}")
}

/// The lane for all events of one key: the first eight bytes of SHA-256 over it, as a number (the
/// first byte weighs most), modulo the number of lanes.
///
/// ```
/// use audit_chain::lanes::lane_of;
///
/// assert_eq!(lane_of("order/17", 4), lane_of("order/17", 4));
/// assert!((0..100).map(|n| lane_of(&format!("order/{n}"), 4)).all(|lane| lane < 4));
/// assert_eq!(lane_of("anything", 1), 0);
/// ```
pub fn lane_of(key: &str, lanes: u16) -> u16 {
    let hash = Hash::of(key.as_bytes()).0;
    let first = hash.iter().take(8).fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
    u16::try_from(first % u64::from(lanes.max(1))).unwrap_or(0)
}

/// The details of a record of the root log.
pub fn details(lanes: &[Bound]) -> Value {
    let lanes = lanes.iter().map(|bound| {
        Value::Object(vec![
            ("lane".into(), Value::from(u64::from(bound.lane))),
            ("log_id".into(), Value::from(bound.log_id.as_str())),
            ("root".into(), Value::from(bound.root.to_string().as_str())),
            ("size".into(), Value::from(bound.size)),
        ])
    });
    Value::Object(vec![("lanes".into(), Value::Array(lanes.collect()))])
}

/// Reads the details of a record of the root log: each lane at most once.
///
/// # Errors
///
/// What makes no sense, in one line.
pub fn read(details: &Value) -> Result<Vec<Bound>, String> {
    let Some(Value::Array(lanes)) = details.get("lanes") else {
        return Err("`details.lanes` is no list".to_owned());
    };
    let mut bounds = BTreeMap::new();
    for (nth, told) in lanes.iter().enumerate() {
        let wrong = |name: &str| format!("`{name}` of `details.lanes[{nth}]` makes no sense");
        let number = |name: &str| told.get(name).and_then(Value::as_u64).ok_or_else(|| wrong(name));
        let text = |name: &str| told.get(name).and_then(Value::as_str).ok_or_else(|| wrong(name));
        let lane = u16::try_from(number("lane")?).map_err(|_| wrong("lane"))?;
        let root: Hash = text("root")?.parse().map_err(|_| wrong("root"))?;
        let log_id = text("log_id")?.to_owned();
        let bound = Bound { lane, log_id, size: number("size")?, root };
        if bounds.insert(lane, bound).is_some() {
            return Err(format!("`details.lanes` names lane {lane} twice"));
        }
    }
    Ok(bounds.into_values().collect())
}

/// Reads a line of the root log whose type is [`BOUND`].
///
/// # Errors
///
/// As [`read`].
pub fn read_line(line: &[u8]) -> Result<Vec<Bound>, String> {
    let record = Value::parse(line).map_err(|error| error.to_string())?;
    read(record.get("details").ok_or("it has no details")?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_said() {
        let refused = |json: &str| read(&Value::parse(json.as_bytes()).unwrap()).unwrap_err();
        assert_eq!(refused(r#"{}"#), "`details.lanes` is no list");
        let root = "0".repeat(64);
        let lane = |lane: &str, root: &str| {
            format!(r#"{{"lane": {lane}, "log_id": "a", "root": "{root}", "size": 1}}"#)
        };
        let list = |lanes: &[String]| format!(r#"{{"lanes": [{}]}}"#, lanes.join(", "));
        let first = |name: &str| format!("`{name}` of `details.lanes[0]` makes no sense");
        assert_eq!(refused(&list(&[lane("-1", &root)])), first("lane"));
        assert_eq!(refused(&list(&[lane("65536", &root)])), first("lane"));
        assert_eq!(refused(&list(&[lane("1", "00")])), first("root"));
        let twice = list(&[lane("1", &root), lane("1", &root)]);
        assert_eq!(refused(&twice), "`details.lanes` names lane 1 twice");
    }

    /// The lane of a key is part of the format: whoever appends in another language, or with a later
    /// version, must find the same one.
    #[test]
    fn the_lane_of_a_key_never_changes() {
        // SHA-256 of `a` begins with ca978112ca1bbdca, of nothing with e3b0c44298fc1c14.
        assert_eq!(u64::from(lane_of("a", 256)), 0xca97_8112_ca1b_bdca_u64 % 256);
        assert_eq!(u64::from(lane_of("", 7)), 0xe3b0_c442_98fc_1c14_u64 % 7);
    }
}
