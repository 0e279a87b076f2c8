//! What happens to a report, as its numbered acts tell it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Certificate, Error, ReportKey};
use crate::retention::{Act, Change};
use crate::{Digest, Plan, Step, hex};

/// What the ledger calls the first act of a report.
pub const ARCHIVED: &str = "report.archived";
/// What the ledger calls a check of its content.
pub const FIXITY_CHECKED: &str = "report.fixity_checked";
/// What the ledger calls a time stamp of somebody else.
pub const TIMESTAMPED: &str = "report.timestamped";
/// What the ledger calls the destruction of the key of its sealed content.
pub const KEY_DESTROYED: &str = "report.key_destroyed";
/// What the ledger calls its destruction.
pub const DISPOSED: &str = "report.disposed";

/// One act of a report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Event {
    /// Its number among the acts of the report, from 0.
    pub number: u64,
    /// What names the plan that it carried out.
    pub plan: Digest,
    /// When it was decided.
    pub at: DateTime<Utc>,
    /// Who did it.
    pub actor: String,
    /// What was done.
    pub what: What,
}

/// What was done to a report.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum What {
    /// It was archived, with this manifest.
    Archived {
        /// What names its manifest.
        manifest: Digest,
    },
    /// What protects it was changed.
    Changed(Change),
    /// Its content was read and compared.
    FixityChecked(Fixity),
    /// Somebody else said when the manifest, or the token before, was there.
    Timestamped(TokenBytes),
    /// The key of its sealed content was destroyed: what is left of that is noise, and follows.
    KeyDestroyed,
    /// Its content was destroyed.
    Disposed(Box<Certificate>),
}

/// A token of a time-stamping authority (RFC 3161), as DER, which is verified by
/// `storage_core::timestamp` (feature `timestamp`). In JSON it is hexadecimal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenBytes(pub Vec<u8>);

impl Serialize for TokenBytes {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for TokenBytes {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bytes = hex::decode(&text).map(Self);
        bytes.ok_or_else(|| serde::de::Error::custom("it is not hexadecimal"))
    }
}

/// The outcome of reading all content of a report and comparing it with the manifest (PREMIS: a
/// fixity check).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Fixity {
    /// How many files were read.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
    /// The files that are not what they were, and how. None, if all is well.
    pub failed: Vec<FixityFailure>,
}

/// A file that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FixityFailure {
    /// Its name.
    pub file: String,
    /// What is wrong with it.
    pub problem: String,
}

impl Fixity {
    /// The outcome of reading so many files and bytes.
    pub fn new(files: u64, bytes: u64, failed: Vec<FixityFailure>) -> Self {
        Self { files, bytes, failed }
    }

    /// Whether every file is what it was.
    pub fn is_intact(&self) -> bool {
        self.failed.is_empty()
    }
}

/// What the ledger calls a change of the protection.
pub(super) fn name_of(change: &Change) -> &'static str {
    match change.act {
        Act::Hold { .. } => "report.held",
        Act::Release { .. } => "report.released",
        Act::SetTrigger { .. } => "report.trigger_set",
        Act::CorrectTrigger { .. } => "report.trigger_corrected",
        Act::Extend { .. } => "report.extended",
        Act::Shorten { .. } => "report.shortened",
        Act::AddDuty { .. } => "report.duty_added",
        Act::WithdrawDuty { .. } => "report.duty_withdrawn",
        Act::Strengthen => "report.strengthened",
    }
}

impl Event {
    /// Reads the act with this number from the plan that it carried out.
    ///
    /// # Errors
    ///
    /// [`Error::Altered`] for a plan that is not about this report or does not say what its act needs;
    /// [`Error::Later`] for an act that is not known here.
    pub fn of_plan(report: &ReportKey, number: u64, plan: &Plan) -> Result<Self, Error> {
        let broken = |what: String| Error::altered(report, format!("its act {number} {what}"));
        if plan.v != 1 {
            let what = format!("its act {number} has the form {}", plan.v);
            return Err(Error::Later { report: report.clone(), what });
        }
        let claimed = plan
            .claim
            .as_ref()
            .is_some_and(|it| it.number == number && it.prefix == report.events());
        if plan.resource != resource(report) || !claimed {
            return Err(broken("is one of something else".to_owned()));
        }
        let digest = |name: &str| match plan.details.get(name).and_then(Value::as_str) {
            Some(text) => text.parse::<Digest>().map_err(|_| broken(format!("has no {name}"))),
            None => Err(broken(format!("has no {name}"))),
        };
        let what = match plan.act.as_str() {
            ARCHIVED => What::Archived { manifest: digest("manifest")? },
            FIXITY_CHECKED => What::FixityChecked(member(plan, "fixity").map_err(broken)?),
            TIMESTAMPED => What::Timestamped(member(plan, "token").map_err(broken)?),
            KEY_DESTROYED => {
                digest("list")?;
                let name = report.to_string();
                let is_it = |it: &Step| matches!(it, Step::DestroyKey { of } if *of == name);
                if !plan.steps.iter().any(is_it) {
                    return Err(broken("destroys no key".to_owned()));
                }
                What::KeyDestroyed
            }
            DISPOSED => {
                let key = report.certificate();
                let body = plan.steps.iter().find_map(|step| match step {
                    Step::Put { key: at, body, .. } if *at == key => Some(body),
                    _ => None,
                });
                let body = body.ok_or_else(|| broken("has no certificate".to_owned()))?;
                if Digest::of(body.as_bytes()) != digest("certificate")? {
                    return Err(broken("has another certificate than it says".to_owned()));
                }
                What::Disposed(Box::new(Certificate::read(report, body.as_bytes())?))
            }
            act => match plan.details.contains_key("change") {
                true => {
                    let change: Change = member(plan, "change").map_err(broken)?;
                    if name_of(&change) != act || change.actor != plan.actor {
                        return Err(broken("says one thing and does another".to_owned()));
                    }
                    What::Changed(change)
                }
                false => {
                    let what = format!("its act {number} is `{act}`");
                    return Err(Error::Later { report: report.clone(), what });
                }
            },
        };
        let plan_digest = plan.digest()?;
        let actor = plan.actor.clone();
        Ok(Self { number, plan: plan_digest, at: plan.decided_at, actor, what })
    }
}

fn member<T: serde::de::DeserializeOwned>(plan: &Plan, name: &str) -> Result<T, String> {
    let value = plan.details.get(name).cloned().unwrap_or_default();
    serde_json::from_value(value).map_err(|error| format!("has no {name}: {error}"))
}

/// What the ledger calls a report.
pub fn resource(report: &ReportKey) -> String {
    format!("report/{report}")
}
