//! Which records are wanted.

use audit_chain::canonical::to_canonical;
use audit_chain::json::Value;
use audit_chain::record::Line;
use chrono::{DateTime, Utc};

use crate::ledger::read_error::ReadError;

/// Which records are wanted: those that fit everything that is named.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Who did it.
    pub actor: Option<String>,
    /// What it was done to.
    pub resource: Option<String>,
    /// What was done.
    pub action: Option<String>,
    /// What kind of thing happened.
    pub event_type: Option<String>,
    /// Not stamped before this moment.
    pub from: Option<DateTime<Utc>>,
    /// Stamped before this moment.
    pub until: Option<DateTime<Utc>>,
    /// The first record.
    pub first_seq: Option<u64>,
    /// The record after the last.
    pub end_seq: Option<u64>,
}

/// The same, spelled as in records.
pub(super) struct Spelled {
    actor: Option<Vec<u8>>,
    resource: Option<Vec<u8>>,
    action: Option<Vec<u8>>,
    event_type: Option<Vec<u8>>,
    from: Option<String>,
    until: Option<String>,
}

impl Filter {
    /// Refuses a filter that asks for everything: that is another kind of bundle.
    pub(super) fn spelled(&self) -> Result<Spelled, ReadError> {
        if *self == Self::default() {
            let reason = "the filter names nothing; leave it out for the whole log".to_owned();
            return Err(ReadError::Invalid { reason });
        }
        let spell = |text: &Option<String>| {
            let quoted = to_canonical(&Value::from(text.as_deref()?));
            Some(quoted[1..quoted.len() - 1].to_vec())
        };
        Ok(Spelled {
            actor: spell(&self.actor),
            resource: spell(&self.resource),
            action: spell(&self.action),
            event_type: spell(&self.event_type),
            from: self.from.map(stamp),
            until: self.until.map(stamp),
        })
    }

    /// The filter as `bundle.json` has it.
    pub(super) fn to_json(&self) -> serde_json::Value {
        let mut members = serde_json::Map::new();
        let texts = [
            ("actor", self.actor.clone()),
            ("resource", self.resource.clone()),
            ("action", self.action.clone()),
            ("event_type", self.event_type.clone()),
            ("from", self.from.map(stamp)),
            ("until", self.until.map(stamp)),
        ];
        for (name, text) in texts {
            members.extend(text.map(|text| (name.to_owned(), text.into())));
        }
        for (name, seq) in [("from_seq", self.first_seq), ("until_seq", self.end_seq)] {
            members.extend(seq.map(|seq| (name.to_owned(), seq.into())));
        }
        members.into()
    }
}

impl Spelled {
    pub(super) fn matches(&self, record: &Line<'_>) -> bool {
        let equals = |wanted: &Option<Vec<u8>>, found: &[u8]| {
            wanted.as_ref().is_none_or(|wanted| wanted == found)
        };
        equals(&self.actor, record.actor)
            && equals(&self.resource, record.resource)
            && equals(&self.action, record.action)
            && equals(&self.event_type, record.event_type)
            // One spelling, so the order of bytes is that of moments.
            && self.from.as_ref().is_none_or(|from| from.as_bytes() <= record.timestamp)
            && self.until.as_ref().is_none_or(|until| record.timestamp < until.as_bytes())
    }
}

/// A moment as records write it.
pub(in crate::ledger) fn stamp(moment: DateTime<Utc>) -> String {
    moment.format("%Y-%m-%dT%H:%M:%S%.6fZ").to_string()
}
