//! Every difference between two versions, with what it does to the bucket.

mod effects;

use std::collections::BTreeSet;

use serde::Serialize;

use super::snapshot::{LEAVES, Said, Snapshot};
use crate::approval;
use crate::bucket_spec::BYTES_PER_GB;
use crate::policy::Policy;

/// What happens to a bucket. Deliberately exhaustive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// It is made.
    Create,
    /// Its settings change in place.
    Update,
    /// Another bucket is made in its stead, empty.
    Replace,
    /// Its contract is deleted. The bucket itself stays, and costs, until it is retired.
    Delete,
    /// Nothing: only the paper changes, or not even that.
    Nothing,
}

/// What one difference does. Deliberately exhaustive; ordered from light to heavy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Nothing at AWS: it stands in the contract alone.
    Record,
    /// A setting, a tag or the alarm of a bucket that is made.
    Create,
    /// A setting, a tag or the alarm of the bucket, changed in place.
    InPlace,
    /// Data or evidence is lost, or is no longer kept.
    Destroy,
    /// Another bucket, empty.
    Replace,
}

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// Its full name, for example `spec.encryption.type`.
    pub field: String,
    /// The value before, defaults written out; `None` if there was none.
    pub old: Option<String>,
    /// The value now.
    pub new: Option<String>,
    /// What the difference does.
    pub effect: Effect,
    /// What to know about it.
    pub note: Option<&'static str>,
}

/// Something before and now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Shift<T> {
    /// Before.
    pub old: T,
    /// Now.
    pub new: T,
}

/// The storage alarm of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// The size, in gigabytes of 2^30 bytes as S3 bills them, from which it rings.
    pub threshold_gb: u32,
    /// The same in bytes.
    pub threshold_bytes: u64,
}

/// What a change does, for a reviewer: `contract plan`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The path of the contract, now or last.
    pub path: String,
    /// The path before, if the file was moved.
    pub moved_from: Option<String>,
    /// The id, now or last.
    pub id: Option<String>,
    /// The bucket, now or last.
    pub bucket: Option<String>,
    /// What happens to the bucket.
    pub action: Action,
    /// Every field that differs, in the order of the table of fields, tags last.
    pub fields: Vec<FieldChange>,
    /// Why the contract, looked at alone, waits for approval; what the *change* adds stands in
    /// the decision.
    pub approval: Shift<Vec<String>>,
    /// What to know about the whole.
    pub note: Option<&'static str>,
    /// The storage alarm, if it differs.
    pub alarm: Option<Shift<Option<Alarm>>>,
}

/// Lists what differs between two versions. Nothing differs where a version could not be read:
/// then there are findings about it.
pub fn plan(old: Option<&Snapshot>, new: Option<&Snapshot>, policy: &Policy) -> Plan {
    let latest = new.or(old);
    let moved_from = old.zip(new).filter(|(old, new)| old.path != new.path);
    let fields = fields(old, new);
    let action = action(old, new, &fields);
    let alarms = Shift { old: alarm(old, policy), new: alarm(new, policy) };
    let reasons = |version: Option<&Snapshot>| {
        let reasons = version.map(|version| approval::matrix(version, policy)).unwrap_or_default();
        reasons.into_iter().map(|reason| reason.message).collect()
    };
    Plan {
        path: latest.map_or_else(String::new, |version| version.path.clone()),
        moved_from: moved_from.map(|(old, _)| old.path.clone()),
        id: latest.and_then(Snapshot::id).map(|id| id.value.to_owned()),
        bucket: latest.and_then(Snapshot::bucket_name).map(|name| name.value.to_owned()),
        note: note(action),
        action,
        fields,
        approval: Shift { old: reasons(old), new: reasons(new) },
        alarm: (alarms.old != alarms.new).then_some(alarms),
    }
}

fn action(old: Option<&Snapshot>, new: Option<&Snapshot>, fields: &[FieldChange]) -> Action {
    match (old, new) {
        (None, None) => Action::Nothing,
        (None, Some(_)) => Action::Create,
        (Some(_), None) => Action::Delete,
        (Some(_), Some(_)) => match fields.iter().map(|field| field.effect).max() {
            None | Some(Effect::Record) => Action::Nothing,
            Some(Effect::Create | Effect::InPlace | Effect::Destroy) => Action::Update,
            Some(Effect::Replace) => Action::Replace,
        },
    }
}

fn note(action: Action) -> Option<&'static str> {
    match action {
        Action::Create | Action::Update | Action::Nothing => None,
        Action::Replace => {
            Some("another bucket is made, and the one with the data has no contract")
        }
        Action::Delete => Some("the bucket stays, and costs, until it is retired"),
    }
}

fn fields(old: Option<&Snapshot>, new: Option<&Snapshot>) -> Vec<FieldChange> {
    let says = |version: Option<&Snapshot>, number: usize| match version {
        None => Some(Said::Nothing),
        Some(version) => version.all().nth(number).map(|(_, said)| said.clone()),
    };
    let mut changes = Vec::new();
    for (number, field) in LEAVES.iter().enumerate() {
        let (Some(was), Some(is)) = (says(old, number), says(new, number)) else { continue };
        if was == is || was == Said::Unclear || is == Said::Unclear {
            continue;
        }
        let (effect, note) = match (old, new) {
            (Some(_), Some(_)) => effects::of(field.slot, &was, &is),
            (None, _) => (effects::when_made(field.slot), None),
            // Nothing is applied for a contract that is gone.
            (_, None) => (Effect::Record, None),
        };
        changes.push(FieldChange {
            field: field.path.to_owned(),
            old: word(&was),
            new: word(&is),
            effect,
            note,
        });
    }
    changes.extend(tags(old, new));
    changes
}

fn tags(old: Option<&Snapshot>, new: Option<&Snapshot>) -> Vec<FieldChange> {
    let keys = [old, new].into_iter().flatten().flat_map(|version| version.tags.keys());
    let keys: BTreeSet<_> = keys.collect();
    let value = |version: Option<&Snapshot>, key| version.and_then(|it| it.tags.get(key).cloned());
    let changes = keys.into_iter().map(|key| FieldChange {
        field: format!("spec.tags.{key}"),
        old: value(old, key),
        new: value(new, key),
        effect: match (old, new) {
            (_, None) => Effect::Record,
            (None, _) => Effect::Create,
            _ => Effect::InPlace,
        },
        note: None,
    });
    let readable = [old, new].into_iter().flatten().all(Snapshot::is_readable);
    changes.filter(|change| readable && change.old != change.new).collect()
}

fn word(said: &Said) -> Option<String> {
    match said {
        Said::Unclear | Said::Nothing => None,
        Said::Text(text) => Some(text.clone()),
        Said::Boolean(boolean) => Some(boolean.to_string()),
        Said::Integer(number) => Some(number.to_string()),
    }
}

fn alarm(version: Option<&Snapshot>, policy: &Policy) -> Option<Alarm> {
    let bucket = version?.bucket_name()?;
    let threshold_gb = version?.cost_alert_gb()?.value?;
    Some(Alarm {
        name: policy.alarm_name.replace("{bucket}", bucket.value),
        threshold_gb,
        threshold_bytes: u64::from(threshold_gb) * BYTES_PER_GB,
    })
}
