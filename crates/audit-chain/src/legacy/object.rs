//! One object of an older log.

use crate::canonical::to_canonical;
use crate::json::Value;
use crate::record::write_suffix;
use crate::{Error, Hash};

use super::moment::Moment;
use super::{Finding, Kind, numbers};

/// What one object says, looked at alone.
#[derive(Clone, Debug)]
pub struct Object {
    pub(super) key: String,
    pub(super) record: Option<Record>,
    pub(super) preimage: Vec<u8>,
    pub(super) findings: Vec<Finding>,
}

/// What the order of records is made from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Record {
    /// The hash the record gives: what others name, even where its content was altered.
    pub(super) hash: Hash,
    pub(super) previous: Option<Hash>,
    pub(super) moment: Option<Moment>,
    /// Whether the record has the hash it gives.
    pub(super) sound: bool,
}

impl Record {
    /// The end of a key that follows from its record: hour, hash and suffix.
    pub(super) fn tail(&self) -> Option<[u8; 83]> {
        let mut tail = [b'/'; 83];
        tail[..13].copy_from_slice(&self.moment?.hour());
        tail[14..78].copy_from_slice(&self.hash.to_hex());
        tail[78..].copy_from_slice(b".json");
        Some(tail)
    }
}

impl Object {
    /// The record as a line of a segment of kind `legacy`, without its line feed: the octets that
    /// were hashed, with the hash in place of the last brace.
    ///
    /// `None` if the object is no record or was altered: then nothing has the hash it gives.
    pub fn line(&self) -> Option<Vec<u8>> {
        let mut line = self.preimage()?.to_vec();
        write_suffix(&mut line, self.record_hash()?);
        Some(line)
    }

    /// The octets that were hashed, if the record has the hash it gives.
    pub fn preimage(&self) -> Option<&[u8]> {
        self.record.filter(|record| record.sound).map(|_| self.preimage.as_slice())
    }

    /// The hash the record gives, if the object is a record.
    pub fn record_hash(&self) -> Option<Hash> {
        self.record.map(|record| record.hash)
    }

    /// What is to be said about the object alone.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    fn found(&mut self, kind: Kind, message: impl Into<String>) {
        let finding = Finding::new(kind, message).of(self.key.as_str());
        let hash = self.record_hash();
        self.findings.push(hash.into_iter().fold(finding, Finding::record));
    }
}

/// Reads one object. Whatever is wrong with it becomes a finding.
///
/// `key` is the object's whole key, `audit/<type>/<year>/<month>/<day>/<hour>/<hash>.json`, possibly
/// below a prefix.
pub fn read(key: &str, body: &[u8]) -> Object {
    let mut object =
        Object { key: key.to_owned(), record: None, preimage: Vec::new(), findings: Vec::new() };
    if let Err(reason) = fill(&mut object, body) {
        object.record = None;
        object.found(Kind::Malformed, reason);
    }
    object
}

fn fill(object: &mut Object, body: &[u8]) -> Result<(), String> {
    let (mut value, duplicate) = parse(body).map_err(|error| error.to_string())?;
    let Value::Object(members) = &mut value else {
        return Err("not an object with members".to_owned());
    };
    let at = members.iter().position(|(name, _)| name.as_bytes() == b"record_hash");
    let stored = at.map(|at| members.remove(at).1);
    let hash = stored.as_ref().and_then(hash_of).ok_or("`record_hash` is no hash")?;
    let previous = match value.get("previous_hash") {
        Some(Value::Null) => None,
        Some(other) => Some(hash_of(other).ok_or("`previous_hash` is no hash")?),
        None => return Err("`previous_hash` is missing".to_owned()),
    };
    let moment = value.get("timestamp").and_then(Value::as_str).and_then(Moment::parse);
    let mut preimage = to_canonical(&value);
    let mut sound = Hash::of(&preimage) == hash;
    let numeric = if sound { None } else { numbers::preimage(&value, hash) };
    let by_number = numeric.is_some();
    if let Some(other) = numeric {
        (preimage, sound) = (other, true);
    }
    object.record = Some(Record { hash, previous, moment, sound });
    object.preimage = preimage;

    if !sound {
        object.found(Kind::ContentAltered, "the record does not have the hash it gives");
    }
    if let Some(error) = duplicate {
        object.found(Kind::DuplicateMember, error.to_string());
    }
    if by_number {
        let text = "hashed with names in the order of numbers, which Python itself cannot verify";
        object.found(Kind::NumericKeys, text);
    }
    if has_non_finite(&value) {
        object.found(Kind::NonFinite, "holds `NaN` or an infinity, which is no JSON");
    }
    compare_key(object, &value);
    Ok(())
}

/// As Python reads it; with what keeps others from reading the same.
fn parse(body: &[u8]) -> Result<(Value, Option<Error>), Error> {
    match Value::parse_unique(body) {
        Ok(value) => Ok((value, None)),
        Err(error @ Error::DuplicateMember { .. }) => Ok((Value::parse(body)?, Some(error))),
        // Other encodings, for example, which Python reads as well.
        Err(_) => Ok((Value::parse(body)?, None)),
    }
}

fn hash_of(value: &Value) -> Option<Hash> {
    Hash::from_hex(value.as_str()?.as_bytes())
}

fn has_non_finite(value: &Value) -> bool {
    match value {
        Value::Float(float) => !float.is_finite(),
        Value::Array(items) => items.iter().any(has_non_finite),
        Value::Object(members) => members.iter().any(|(_, member)| has_non_finite(member)),
        _ => false,
    }
}

/// The logger made the key from the record; a record that was moved keeps only one of the two.
fn compare_key(object: &mut Object, value: &Value) {
    let Some(record) = object.record else { return };
    let Some(tail) = record.tail() else {
        return object.found(Kind::Malformed, "`timestamp` is no moment of the older logger");
    };
    let Some(event_type) = value.get("event_type").and_then(Value::as_str) else {
        return object.found(Kind::Malformed, "`event_type` is no text");
    };
    let key = object.key.as_bytes();
    let type_fits = |folder: &[u8]| {
        let above =
            folder.strip_suffix(b"/").and_then(|rest| rest.strip_suffix(event_type.as_bytes()));
        let above = above.and_then(|rest| rest.strip_suffix(b"/"));
        above.is_some_and(|above| above == b"audit" || above.ends_with(b"/audit"))
    };
    let wrong = match key.strip_suffix(&tail) {
        Some(folder) if type_fits(folder) => return,
        Some(_) => "type",
        None if key.ends_with(&tail[13..]) => "hour",
        None => "hash",
    };
    object.found(Kind::KeyMismatch, format!("the key names another {wrong} than the record"));
}
