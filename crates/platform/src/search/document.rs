//! What the index knows of one report.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use storage_core::Digest;
use storage_core::extract::{Format, Limits, extract};

/// What the index knows of one report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Whose it is.
    pub tenant: String,
    /// Its key, which is unique among those of its tenant.
    pub report: String,
    /// `csrd`, `cbam`, `eudr`, `custom`.
    pub report_type: String,
    /// The period it is about, such as `2026`.
    pub period: String,
    /// What became of it: `archived`, `held`, `disposed`, … as the archive calls it.
    pub status: String,
    /// What its owner said about it.
    pub metadata: BTreeMap<String, String>,
    /// The digests of its files.
    pub sha256: BTreeSet<Digest>,
    /// The words of its files.
    pub text: String,
    /// What of the report this tells of: whoever has another one tells of it anew.
    #[serde(default)]
    pub revision: String,
    /// Files whose words are not all there: unreadable, encrypted, or too long.
    pub incomplete: BTreeSet<String>,
}

impl Document {
    /// A report without files.
    pub fn new(tenant: &str, report: &str, report_type: &str, period: &str, status: &str) -> Self {
        Self {
            tenant: tenant.to_owned(),
            report: report.to_owned(),
            report_type: report_type.to_owned(),
            period: period.to_owned(),
            status: status.to_owned(),
            metadata: BTreeMap::new(),
            sha256: BTreeSet::new(),
            text: String::new(),
            revision: String::new(),
            incomplete: BTreeSet::new(),
        }
    }

    /// Adds the digest and the words of a file. A file of a kind that has no words adds its digest alone; one
    /// whose words cannot be read is named in [`Document::incomplete`].
    pub fn add_file(&mut self, name: &str, bytes: &[u8]) {
        self.sha256.insert(Digest::of(bytes));
        let Some(format) = Format::of(name, bytes) else { return };
        match extract(format, bytes, Limits::default()) {
            Ok(found) => {
                if !self.text.is_empty() && !found.words.is_empty() {
                    self.text.push('\n');
                }
                self.text.push_str(&found.words);
                if !found.whole {
                    self.incomplete.insert(name.to_owned());
                }
            }
            Err(_) => {
                self.incomplete.insert(name.to_owned());
            }
        }
    }

    /// The digest of all of it.
    pub fn digest(&self) -> Digest {
        let bytes = serde_json::to_vec(self).expect("texts and lists of texts are JSON");
        Digest::of_parts([&b"strongroom/search-document/1\n"[..], &bytes])
    }
}
