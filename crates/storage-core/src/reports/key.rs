//! Where a report is kept.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{FileName, Period, ReportId, ReportType, TenantId};

/// Which report, and where it is kept: everything of it lies below one prefix,
/// `{type}/{tenant}/{period}/{id}/`.
///
/// ```
/// use storage_core::reports::ReportKey;
///
/// let manifest = "csrd/acme/2026/6f1c24a8-3c1e-4b7e-9d4d-0a5a51f7c0de/manifest.json";
/// let report = ReportKey::of_manifest(manifest).expect("it is the key of a manifest");
/// assert_eq!(report.manifest(), manifest);
/// assert_eq!(report.file(&"report.pdf".parse()?), manifest.replace("manifest.json", "report.pdf"));
/// # Ok::<(), storage_core::reports::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportKey {
    /// What it is about.
    #[serde(rename = "type")]
    pub report_type: ReportType,
    /// Who it belongs to.
    pub tenant: TenantId,
    /// The time it is about.
    pub period: Period,
    /// Which one it is.
    pub id: ReportId,
}

impl ReportKey {
    /// What all its keys begin with; ends with a slash.
    pub fn prefix(&self) -> String {
        format!("{self}/")
    }

    /// The key of a file.
    pub fn file(&self, name: &FileName) -> String {
        format!("{self}/{name}")
    }

    /// The key of its manifest, with which it begins to exist.
    pub fn manifest(&self) -> String {
        format!("{self}/manifest.json")
    }

    /// The key of the certificate of its destruction.
    pub fn certificate(&self) -> String {
        format!("{self}/certificate.json")
    }

    /// The key of the same certificate with signatures.
    pub fn signed_certificate(&self) -> String {
        format!("{self}/certificate.note")
    }

    /// What the keys of its acts begin with; the number of the act follows, with 20 digits.
    pub fn events(&self) -> String {
        format!("{self}/_events/")
    }

    /// The key of one of its acts.
    pub fn event(&self, number: u64) -> String {
        format!("{self}/_events/{number:020}")
    }

    /// What the keys of the names of reports begin with that amend it.
    pub fn amendments(&self) -> String {
        format!("{self}/_amended_by/")
    }

    /// Where it is noted that `other` amends it.
    pub fn amended_by(&self, other: &Self) -> String {
        format!("{self}/_amended_by/{}", other.id)
    }

    /// The report that has its manifest at `key`. The last part alone says what an object is: a
    /// tenant may be called `manifest.json`.
    pub fn of_manifest(key: &str) -> Option<Self> {
        let mut parts = key.split('/');
        let report = Self {
            report_type: parts.next()?.parse().ok()?,
            tenant: parts.next()?.parse().ok()?,
            period: parts.next()?.parse().ok()?,
            id: parts.next()?.parse().ok()?,
        };
        (parts.next() == Some("manifest.json") && parts.next().is_none()).then_some(report)
    }
}

impl fmt::Display for ReportKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/{}", self.report_type, self.tenant, self.period, self.id)
    }
}
