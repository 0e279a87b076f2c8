//! What a report consists of.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Error, FileName, MediaType, ReportId, ReportKey, ReportType, TenantId};
use crate::Digest;
use crate::retention::Retention;

/// The most files of one report.
pub const MAX_FILES: usize = 10_000;

/// The most bytes of the metadata of one report.
pub const MAX_METADATA_BYTES: usize = 1 << 20;

/// The most bytes of an idempotency key.
pub const MAX_KEY_BYTES: usize = 200;

/// What a report consists of, and what protected it when it was archived. It is written last: with it
/// the report begins to exist, and it never changes. What happens later is in the acts
/// (see [`State`](super::State)).
///
/// It outlives the files, as what is left when they are destroyed. Personal data belongs into files or
/// metadata, not into names of files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Manifest {
    /// The version of this form: 1.
    pub v: u32,
    /// Which report, and where.
    pub report: ReportKey,
    /// The one moment at which it was archived.
    pub archived_at: DateTime<Utc>,
    /// Who archived it.
    pub archived_by: String,
    /// Its files, by name.
    pub files: Vec<FileEntry>,
    /// Its metadata, which is a file of its own: its text is kept letter by letter, and goes when the
    /// report is destroyed.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "read_metadata_entry"
    )]
    pub metadata: Option<FileEntry>,
    /// What protected it from the first moment on: its duties and their rules.
    pub retention: Retention,
    /// The report that this one corrects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amends: Option<ReportKey>,
    /// What its id was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
}

/// One file of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct FileEntry {
    /// Its name, with its own extension.
    pub name: FileName,
    /// What it is for.
    pub role: Role,
    /// Its media type.
    pub media_type: MediaType,
    /// Its length in bytes.
    pub size_bytes: u64,
    /// Its digest, reckoned while it was stored.
    pub sha256: Digest,
    /// The version that the store gave it; `None` where the store keeps only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// What its bytes were before they were sealed, if they were: size and digest above are those of
    /// the sealed bytes, so that they can be checked without a key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<Plaintext>,
}

/// What was sealed: see [`sealed`](crate::sealed).
///
/// It outlives the key. Whoever guesses the content of a file can tell by it that the guess is right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Plaintext {
    /// How it was sealed: 1 is `strongroom/sealed-body/1`.
    pub form: u32,
    /// Its length in bytes before that.
    pub size_bytes: u64,
    /// Its digest before that.
    pub sha256: Digest,
}

impl Plaintext {
    /// A content of this length and digest, sealed in the form of today.
    pub fn new(size_bytes: u64, sha256: Digest) -> Self {
        Self { form: 1, size_bytes, sha256 }
    }
}

impl FileEntry {
    /// A file as it was stored.
    pub fn new(
        name: FileName,
        role: Role,
        media_type: MediaType,
        size_bytes: u64,
        sha256: Digest,
        version: Option<String>,
    ) -> Self {
        Self { name, role, media_type, size_bytes, sha256, version, sealed: None }
    }

    /// The same, of which the content is this, once it is opened.
    #[must_use]
    pub fn sealing(self, sealed: Option<Plaintext>) -> Self {
        Self { sealed, ..self }
    }

    /// The length and the digest of what was handed in, sealed or not.
    pub fn content(&self) -> (u64, Digest) {
        match &self.sealed {
            Some(plain) => (plain.size_bytes, plain.sha256),
            None => (self.size_bytes, self.sha256),
        }
    }
}

/// What a file of a report is for.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The report itself, as it was handed in or published.
    #[default]
    Report,
    /// The same as figures: tables, tagged facts.
    Data,
    /// What the report rests on: assurance, verification, correspondence.
    Evidence,
    /// What its author says about it.
    Metadata,
}

/// What is to be archived, before its content is looked at. A value, so that a repeated request can
/// be told from another one under the same idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Intent {
    /// The version of this form: 1.
    pub v: u32,
    /// Which report, and where.
    pub report: ReportKey,
    /// The one moment at which it is archived, however often that has to be begun.
    pub archived_at: DateTime<Utc>,
    /// What was asked for, without the moment and the period.
    pub request: Digest,
}

impl Manifest {
    /// The manifest of these files, sorted by name.
    ///
    /// # Errors
    ///
    /// [`Error::RequestInvalid`] and [`Error::ExtensionDiffers`] for what cannot be one report.
    pub fn new(
        report: ReportKey,
        archived_at: DateTime<Utc>,
        archived_by: impl Into<String>,
        files: Vec<FileEntry>,
        retention: Retention,
    ) -> Result<Self, Error> {
        let mut files = files;
        files.sort_by(|a, b| a.name.cmp(&b.name));
        check_files(files.iter().map(|it| (&it.name, &it.media_type)))?;
        Ok(Self {
            v: 1,
            report,
            archived_at,
            archived_by: archived_by.into(),
            files,
            metadata: None,
            retention,
            amends: None,
            idempotency_key: None,
        })
    }

    /// Reads the manifest at the place of `report`.
    ///
    /// # Errors
    ///
    /// [`Error::Altered`] if it is none, or that of another report.
    pub fn read(report: &ReportKey, bytes: &[u8]) -> Result<Self, Error> {
        let manifest: Self = serde_json::from_slice(bytes)
            .map_err(|error| Error::altered(report, format!("its manifest is none: {error}")))?;
        if manifest.v != 1 {
            let what = format!("its manifest has the form {}", manifest.v);
            return Err(Error::Later { report: report.clone(), what });
        }
        if manifest.report != *report {
            return Err(Error::altered(report, "its manifest is that of another report"));
        }
        Ok(manifest)
    }

    /// Its bytes, as they are stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a manifest is plain data")
    }

    /// All its content: the files, and the metadata behind them.
    pub fn contents(&self) -> impl Iterator<Item = &FileEntry> {
        self.files.iter().chain(&self.metadata)
    }

    /// The file of this name.
    pub fn file(&self, name: &str) -> Option<&FileEntry> {
        self.contents().find(|it| it.name.as_str() == name)
    }

    /// Whether any of it is sealed, and lost with its key.
    pub fn is_sealed(&self) -> bool {
        self.contents().any(|it| it.sealed.is_some())
    }

    /// How many bytes all its content has, as it is stored.
    pub fn size_bytes(&self) -> u64 {
        self.contents().fold(0, |sum, it| sum.saturating_add(it.size_bytes))
    }
}

/// Reads the entry of the metadata, the only one that may have the name that is kept for it.
fn read_metadata_entry<'de, D>(deserializer: D) -> Result<Option<FileEntry>, D::Error>
where
    D: serde::Deserializer<'de>,
{
    let entry = FileEntry::deserialize(deserializer)?;
    let expected = FileName::metadata();
    if entry.name != expected {
        return Err(serde::de::Error::custom(format!("its metadata is not in `{expected}`")));
    }
    Ok(Some(entry))
}

/// Refuses files that cannot be those of one report, before any of them is read.
///
/// # Errors
///
/// [`Error::RequestInvalid`] if there is none, there are too many or two of one name;
/// [`Error::ExtensionDiffers`] for a name that says something else than its type.
pub fn check_files<'f>(
    files: impl Iterator<Item = (&'f FileName, &'f MediaType)>,
) -> Result<(), Error> {
    let mut names = BTreeSet::new();
    for (name, media_type) in files {
        // Where case does not count, such two files would be one.
        let plain = name.as_str().to_lowercase();
        if plain == super::file_name::METADATA {
            let broken = "strongroom keeps the metadata under this name";
            return Err(Error::FileNameInvalid { text: name.to_string(), broken });
        }
        if !names.insert(plain) {
            return Err(Error::request(format!("two of its files are called `{name}`")));
        }
        if !name.extension().is_none_or(|extension| media_type.fits(extension)) {
            let (name, media_type) = (name.clone(), media_type.to_string());
            return Err(Error::ExtensionDiffers { name, media_type });
        }
    }
    match names.len() {
        0 => Err(Error::request("it has no file")),
        1..=MAX_FILES => Ok(()),
        more => Err(Error::request(format!("it has {more} files, more than {MAX_FILES}"))),
    }
}

/// The metadata that is kept with a report, checked: a JSON object, letter by letter as it came.
///
/// ```
/// use storage_core::reports::check_metadata;
///
/// check_metadata(r#"{"total": 12345678901234567890.10, "who": "Zoë"}"#)?;
/// assert!(check_metadata("[1, 2]").is_err());
/// assert!(check_metadata("{\"half\": ").is_err());
/// # Ok::<(), storage_core::reports::Error>(())
/// ```
///
/// # Errors
///
/// [`Error::RequestInvalid`].
pub fn check_metadata(text: &str) -> Result<(), Error> {
    if text.len() > MAX_METADATA_BYTES {
        return Err(Error::request(format!(
            "its metadata has {} bytes, more than {MAX_METADATA_BYTES}",
            text.len()
        )));
    }
    let read: Result<serde_json::Map<String, serde_json::Value>, _> = serde_json::from_str(text);
    read.map(drop)
        .map_err(|error| Error::request(format!("its metadata is no JSON object: {error}")))
}

/// The entry of the metadata of a report, as it was stored.
pub fn metadata_entry(size_bytes: u64, sha256: Digest, version: Option<String>) -> FileEntry {
    let json = MediaType::of_extension("json").expect("JSON is in the table");
    FileEntry::new(FileName::metadata(), Role::Metadata, json, size_bytes, sha256, version)
}

impl Intent {
    /// What is to be archived, to be decided now.
    pub fn new(report: ReportKey, archived_at: DateTime<Utc>, request: Digest) -> Self {
        Self { v: 1, report, archived_at, request }
    }

    /// Where it is noted that a report is being archived, and to which period it belongs. It is a
    /// shortcut: what it says is not believed without the manifest.
    pub fn key(report_type: ReportType, tenant: &TenantId, id: &ReportId) -> String {
        format!("{}{id}", Self::prefix(report_type, tenant))
    }

    /// What such keys of one tenant begin with.
    pub fn prefix(report_type: ReportType, tenant: &TenantId) -> String {
        format!("_strongroom/reports/{report_type}/{tenant}/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retention::{Question, Regime, RuleTable, Zone};

    #[test]
    fn a_manifest_with_metadata_is_read_back() {
        let report = ReportKey::of_manifest(
            "custom/acme/2026/6f1c24a8-3c1e-4b7e-9d4d-0a5a51f7c0de/manifest.json",
        )
        .unwrap();
        let at = "2026-03-01T12:00:00Z".parse().unwrap();
        let rules = RuleTable::builtin().select(&Question::new(Regime::Custom)).unwrap();
        let rules = rules.decided().unwrap();
        let retention = Retention::new(crate::LockMode::Compliance, at, Zone::UTC, rules).unwrap();
        let pdf: MediaType = "application/pdf".parse().unwrap();
        let (name, digest) = (FileName::report(&pdf), Digest::of(b"x"));
        let file = FileEntry::new(name, Role::Report, pdf, 1, digest, None);
        let mut manifest =
            Manifest::new(report.clone(), at, "ana", vec![file.clone()], retention).unwrap();
        manifest.metadata = Some(metadata_entry(2, Digest::of(b"{}"), Some("v1".to_owned())));
        assert_eq!(Manifest::read(&report, &manifest.to_bytes()).unwrap(), manifest);
        // Under any other name it is not the metadata of a report.
        manifest.metadata = Some(file);
        let error = Manifest::read(&report, &manifest.to_bytes()).unwrap_err();
        assert_eq!(error.code(), "reports.altered");
    }
}
