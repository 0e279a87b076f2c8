//! What may be destroyed, who approved it, and what certifies it.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use super::{Error, ReportKey, State};
use crate::retention::{ClockGuard, Eligibility};
use crate::{Digest, canonical_json};

/// Reports that may be destroyed, as somebody proposes it. Its digest is what is approved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DisposalList {
    /// The version of this form: 1.
    pub v: u32,
    /// When it was drawn up.
    pub listed_at: DateTime<Utc>,
    /// By whom.
    pub listed_by: String,
    /// The reports, by key.
    pub reports: Vec<Eligible>,
}

/// A report that may be destroyed, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Eligible {
    /// Which.
    pub report: ReportKey,
    /// What names its manifest.
    pub manifest_sha256: Digest,
    /// The last act that changed it: whatever happens to it later makes the approval void.
    pub last_change: Digest,
    /// How many files it has, its metadata among them.
    pub files: u64,
    /// How many bytes.
    pub bytes: u64,
    /// The rule that ended last.
    pub rule: String,
    /// The version of that rule.
    pub rule_version: u32,
    /// The last day on which that rule protected it.
    pub last_protected_day: NaiveDate,
    /// Since when nothing protects it.
    pub eligible_since: DateTime<Utc>,
}

/// Somebody's agreement to exactly one list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Approval {
    /// The version of this form: 1.
    pub v: u32,
    /// What names the list.
    pub list: Digest,
    /// Who agreed. Not the one who drew it up.
    pub approved_by: String,
    /// When.
    pub approved_at: DateTime<Utc>,
}

/// What is left of a report that was destroyed: what it was, why it could go, who decided that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Certificate {
    /// What this is: `strongroom/destruction-certificate/1`.
    pub form: String,
    /// Which report.
    pub report: ReportKey,
    /// What names its manifest, which stays.
    pub manifest_sha256: Digest,
    /// What was destroyed: name, digest and size of each file.
    pub files: BTreeMap<String, DestroyedFile>,
    /// Since when the key of its sealed content was destroyed, and with it every copy: what is left
    /// anywhere is noise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_destroyed: Option<DateTime<Utc>>,
    /// When it had been archived.
    pub archived_at: DateTime<Utc>,
    /// Every rule that it was kept under, with its version and article.
    pub rules: Vec<CitedRule>,
    /// The rule that ended last.
    pub rule: String,
    /// The last day on which that rule protected it.
    pub last_protected_day: NaiveDate,
    /// Since when nothing protected it.
    pub eligible_since: DateTime<Utc>,
    /// The list that was approved.
    pub list: Digest,
    /// Who drew it up.
    pub listed_by: String,
    /// Who approved it.
    pub approved_by: String,
    /// When.
    pub approved_at: DateTime<Utc>,
    /// Who carried it out.
    pub disposed_by: String,
    /// When that was decided.
    pub disposed_at: DateTime<Utc>,
}

/// A rule that a report was kept under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CitedRule {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// The article.
    pub law: String,
}

/// A file that was destroyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DestroyedFile {
    /// Its digest.
    pub sha256: Digest,
    /// Its length in bytes.
    pub size_bytes: u64,
}

/// What a certificate says it is.
const FORM: &str = "strongroom/destruction-certificate/1";

impl Eligible {
    /// The entry of a report on a list, or every reason why it is on none.
    ///
    /// # Errors
    ///
    /// [`Error::Gone`] and [`Error::Protected`].
    pub fn of(state: &State, now: DateTime<Utc>, guard: &ClockGuard) -> Result<Self, Error> {
        // Of which the key alone is destroyed waits for the rest.
        if let Some(certificate) = &state.disposed {
            let at = certificate.disposed_at;
            return Err(Error::Gone { report: state.report().clone(), at });
        }
        match state.eligible(now, guard) {
            Eligibility::Eligible { since, rule, version, last_protected_day } => Ok(Self {
                report: state.report().clone(),
                manifest_sha256: state.manifest_sha256,
                last_change: state.last_change().plan,
                files: state.manifest.contents().count() as u64,
                bytes: state.manifest.size_bytes(),
                rule,
                rule_version: version,
                last_protected_day,
                eligible_since: since,
            }),
            protected => {
                let reasons: Vec<_> = protected.reasons().iter().map(ToString::to_string).collect();
                let report = state.report().clone();
                Err(Error::Protected { report, reason: reasons.join("; ") })
            }
        }
    }
}

impl DisposalList {
    /// The list of these reports.
    pub fn new(
        listed_at: DateTime<Utc>,
        listed_by: impl Into<String>,
        mut reports: Vec<Eligible>,
    ) -> Self {
        reports.sort_by(|a, b| a.report.cmp(&b.report));
        Self { v: 1, listed_at, listed_by: listed_by.into(), reports }
    }

    /// Its one spelling.
    ///
    /// # Errors
    ///
    /// [`Error::Words`] if a number in it is beyond what every reader of JSON keeps.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        Ok(canonical_json(self)?)
    }

    /// What names it.
    ///
    /// # Errors
    ///
    /// As [`DisposalList::to_bytes`].
    pub fn digest(&self) -> Result<Digest, Error> {
        Ok(Digest::of(&self.to_bytes()?))
    }

    /// Somebody agrees to it.
    ///
    /// # Errors
    ///
    /// [`Error::ApprovalInvalid`] if it is the one who drew the list up, or nothing is on it.
    pub fn approve(
        &self,
        approved_by: impl Into<String>,
        approved_at: DateTime<Utc>,
    ) -> Result<Approval, Error> {
        let (approved_by, list) = (approved_by.into(), self.digest()?);
        let refuse = |broken: &str| Err(Error::ApprovalInvalid { broken: broken.to_owned() });
        if approved_by == self.listed_by {
            return refuse("who drew the list up cannot approve it");
        }
        if approved_by.trim().is_empty() {
            return refuse("nobody approved it");
        }
        if self.reports.is_empty() {
            return refuse("nothing is on the list");
        }
        Ok(Approval { v: 1, list, approved_by, approved_at })
    }
}

impl Certificate {
    /// The certificate of what is about to be destroyed.
    pub(super) fn of(
        state: &State,
        entry: &Eligible,
        list: &DisposalList,
        approval: &Approval,
        disposed_by: &str,
        disposed_at: DateTime<Utc>,
    ) -> Self {
        let manifest = &state.manifest;
        let file = |it: &super::FileEntry| {
            let file = DestroyedFile { sha256: it.sha256, size_bytes: it.size_bytes };
            (it.name.to_string(), file)
        };
        let rules = state.retention.duties().iter().map(|duty| CitedRule {
            id: duty.rule.id.clone(),
            version: duty.rule.version,
            law: duty.rule.reference.law.clone(),
        });
        Self {
            form: FORM.to_owned(),
            report: manifest.report.clone(),
            manifest_sha256: state.manifest_sha256,
            files: manifest.contents().map(file).collect(),
            key_destroyed: state.key_destroyed,
            archived_at: manifest.archived_at,
            rules: rules.collect(),
            rule: entry.rule.clone(),
            last_protected_day: entry.last_protected_day,
            eligible_since: entry.eligible_since,
            list: approval.list,
            listed_by: list.listed_by.clone(),
            approved_by: approval.approved_by.clone(),
            approved_at: approval.approved_at,
            disposed_by: disposed_by.to_owned(),
            disposed_at,
        }
    }

    /// Reads the certificate of a report.
    ///
    /// # Errors
    ///
    /// [`Error::Altered`] if it is none, or that of another report.
    pub fn read(report: &ReportKey, bytes: &[u8]) -> Result<Self, Error> {
        let read: Self = serde_json::from_slice(bytes)
            .map_err(|error| Error::altered(report, format!("its certificate is none: {error}")))?;
        if read.form != FORM {
            let what = format!("its certificate is a `{}`", super::error::shown(&read.form));
            return Err(Error::Later { report: report.clone(), what });
        }
        match read.report == *report {
            true => Ok(read),
            false => Err(Error::altered(report, "its certificate is that of another report")),
        }
    }

    /// Its one spelling, as it is stored.
    ///
    /// # Errors
    ///
    /// [`Error::Words`] if a number in it is beyond what every reader of JSON keeps.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        Ok(canonical_json(self)?)
    }

    /// The text that is signed (<https://c2sp.org/signed-note>): its one spelling and a newline.
    ///
    /// # Errors
    ///
    /// As [`Certificate::to_bytes`].
    pub fn text(&self) -> Result<String, Error> {
        let mut bytes = self.to_bytes()?;
        bytes.push(b'\n');
        Ok(String::from_utf8(bytes).expect("JSON is text"))
    }
}
