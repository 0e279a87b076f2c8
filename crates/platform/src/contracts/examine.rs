//! Everything that can be asked about a tree of contracts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use contract_core::approval::{self, Change, Decision};
use contract_core::changes::{self, Plan, Snapshot};
use contract_core::report::{FileReport, Report};
use contract_core::{Contract, Document, Finding, Policy};

use super::{CheckedFile, Repository, Validation};
use crate::error::Result;
use crate::files;

/// One contract of the version before.
#[derive(Clone, Debug)]
pub struct EarlierFile {
    /// The path relative to the root of the repository, with `/` between its parts.
    pub path: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

/// What a tree of contracts is judged by, besides the policy.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances<'c> {
    /// The day for which waivers are judged.
    pub today: NaiveDate,
    /// The waivers; `None` for the file that the policy names, if it is there.
    pub waivers: Option<&'c Path>,
    /// The version before; `None` to ask nothing about changes.
    pub before: Option<&'c [EarlierFile]>,
}

/// What was found in a tree of contracts.
#[derive(Clone, Debug)]
pub struct Examined {
    /// The findings.
    pub report: Report,
    /// YAML files that are no contracts.
    pub passed_over: Vec<String>,
    /// The contracts before; empty unless a version before was handed in.
    pub old: Vec<Snapshot>,
    /// The contracts now; empty unless a version before was handed in.
    pub new: Vec<Snapshot>,
    /// The bytes of the waivers, if there are any.
    pub waivers: Option<String>,
}

impl Examined {
    /// Who has to approve what changed, and why.
    pub fn decide(&self, policy: &Policy) -> Decision {
        let pairs = changes::pair(&self.old, &self.new);
        let by_path: BTreeMap<&str, &FileReport> =
            self.report.files.iter().map(|file| (file.relative.as_str(), file)).collect();
        let findings = |path: &str| by_path.get(path).map_or(&[][..], |file| &file.findings);
        let changes: Vec<Change<'_>> = pairs
            .iter()
            .map(|pair| Change { pair: *pair, findings: findings(pair.path()) })
            .collect();
        let contracts: BTreeSet<&str> = pairs.iter().map(|pair| pair.path()).collect();
        let others =
            self.report.files.iter().filter(|it| !contracts.contains(it.relative.as_str()));
        let others: Vec<(&str, &[Finding])> =
            others.map(|file| (file.relative.as_str(), &file.findings[..])).collect();
        approval::decide(&changes, &others, policy, self.waivers.as_deref().map(str::as_bytes))
    }

    /// What the change does, contract by contract; those that stay as they are left out.
    pub fn plans(&self, policy: &Policy) -> Vec<Plan> {
        let pairs = changes::pair(&self.old, &self.new);
        let changed = pairs.iter().filter(|pair| !pair.is_unchanged());
        changed.map(|pair| changes::plan(pair.old, pair.new, policy)).collect()
    }
}

impl Repository {
    /// Asks everything: of each file, of all together, of the change, and of the waivers.
    ///
    /// # Errors
    ///
    /// As [`check_files`](Self::check_files).
    pub fn examine(
        &self,
        paths: &[PathBuf],
        circumstances: &Circumstances<'_>,
        progress: impl Fn(usize, usize) + Sync,
    ) -> Result<Examined> {
        let compares = circumstances.before.is_some();
        let take = |contract: &Contract<'_>, bytes: &[u8], path: &str| {
            compares.then(|| Snapshot::of(Document { path: Some(path), bytes }, contract))
        };
        let mut validation = self.check_files(paths, take, progress)?;
        let passed_over = std::mem::take(&mut validation.passed_over);
        let new: Vec<Snapshot> = match compares {
            true => validation.files.iter_mut().map(snapshot).collect(),
            false => Vec::new(),
        };
        let old = self.snapshots(circumstances.before.unwrap_or_default());
        if compares {
            self.compare(&old, &new, &mut validation);
        }
        Ok(Examined { report: validation.into_report(), passed_over, old, new, waivers: None })
    }

    /// The earlier versions. What was wrong with them then is not asked any more.
    fn snapshots(&self, files: &[EarlierFile]) -> Vec<Snapshot> {
        let snapshot = |file: &EarlierFile| {
            let document = Document { path: Some(&file.path), bytes: &file.bytes };
            Snapshot::check(document, &self.policy).1
        };
        files.iter().map(snapshot).collect()
    }

    /// Adds what the change guardrails find.
    fn compare(
        &self,
        old: &[Snapshot],
        new: &[Snapshot],
        validation: &mut Validation<Option<Snapshot>>,
    ) {
        let mut found: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
        for pair in changes::pair(old, new) {
            let findings = changes::compare(pair.old, pair.new, &self.policy);
            if !findings.is_empty() {
                found.entry(pair.path().to_owned()).or_default().extend(findings);
            }
        }
        for file in &mut validation.files {
            file.add(found.remove(&file.relative).unwrap_or_default());
        }
        // What is left is about contracts that were deleted.
        for (path, findings) in found {
            validation.add_elsewhere(CheckedFile::elsewhere(&path, String::new(), findings));
        }
    }

    /// The contracts below `folder`, as a version before: their paths are relative to it.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchFile`](crate::Error::NoSuchFile) and [`Error::File`](crate::Error::File).
    pub fn earlier_files(folder: &Path) -> Result<Vec<EarlierFile>> {
        let found = super::walk::yaml_files(&[folder.to_owned()])?;
        let mut earlier = Vec::new();
        for (path, _) in found {
            let bytes = files::read_bounded(&path, contract_core::yaml::MAX_BYTES)?;
            if super::walk::is_contract(&path, &bytes) {
                let relative = path.strip_prefix(folder).unwrap_or(&path);
                earlier.push(EarlierFile { path: super::with_slashes(relative), bytes });
            }
        }
        Ok(earlier)
    }
}

/// What the file says now; a file that could not be read is a contract all the same.
fn snapshot(file: &mut CheckedFile<Option<Snapshot>>) -> Snapshot {
    let document = Document { path: Some(&file.relative), bytes: file.text.as_bytes() };
    file.taken.take().flatten().unwrap_or_else(|| Snapshot::unreadable(document))
}
