//! Everything that can be asked about a tree of contracts.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use contract_core::approval::{self, Change, Decision};
use contract_core::changes::{self, Plan, Snapshot};
use contract_core::ids::unledgered;
use contract_core::report::{FileReport, Report};
use contract_core::tree::{self, Identity};
use contract_core::waivers::{Account, Subject, Usage, Waivers};
use contract_core::{Contract, Document, Finding, Policy, Slot};

use super::{CheckedFile, Keep, LedgerFile, Repository, Validation};
use crate::error::{Error, Result};
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
    /// What is kept of the files.
    pub keeps: Keep,
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
    /// What became of the waivers, if there are any.
    pub account: Option<Account>,
    /// The bytes of the waivers, if there are any.
    pub waivers: Option<Vec<u8>>,
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
        approval::decide(&changes, &others, policy, self.waivers.as_deref())
    }

    /// What the change does, contract by contract; those that stay as they are left out.
    pub fn plans(&self, policy: &Policy) -> Vec<Plan> {
        let pairs = changes::pair(&self.old, &self.new);
        let changed = pairs.iter().filter(|pair| !pair.is_unchanged());
        changed.map(|pair| changes::plan(pair.old, pair.new, policy)).collect()
    }
}

/// What is remembered of one contract while the others are read.
struct Facts {
    identity: Identity,
    // Kept only where there are waivers or a version before to hold it against.
    requester: Option<String>,
    snapshot: Option<Snapshot>,
}

/// The waivers as they lie there.
pub(super) struct WaiverFile {
    pub(super) path: String,
    pub(super) bytes: Vec<u8>,
}

impl Repository {
    /// Asks everything: of each file, of all together, of the change, and of the waivers.
    ///
    /// # Errors
    ///
    /// As [`check_files`](Self::check_files); [`Error::Ids`] for a ledger of
    /// numbers that cannot be read, [`Error::NoSuchFile`] for waivers that
    /// were named and are not there.
    pub fn examine(
        &self,
        paths: &[PathBuf],
        circumstances: &Circumstances<'_>,
        progress: impl Fn(usize, usize) + Sync,
    ) -> Result<Examined> {
        let compares = circumstances.before.is_some();
        let waivers = self.waivers(circumstances.waivers)?;
        let take = |contract: Option<&Contract<'_>>, bytes: &[u8], path: &str| {
            let document = Document { path: Some(path), bytes };
            let requester = contract.filter(|_| waivers.is_some());
            let requester = requester.and_then(|it| it.text_in(Slot::Requester));
            Facts {
                identity: identity(path, contract),
                requester: requester.map(|at| at.value.to_owned()),
                // What cannot be read is a contract all the same, and changes with its bytes.
                snapshot: compares.then(|| match contract {
                    Some(contract) => Snapshot::of(document, contract),
                    None => Snapshot::unreadable(document),
                }),
            }
        };
        let was_there = circumstances.before.is_some_and(|before| !before.is_empty());
        let mut validation = match self.check_files(paths, circumstances.keeps, take, progress) {
            // The last contract was deleted, and somebody has to be asked about that.
            Err(Error::NoContracts { .. } | Error::NoSuchFile { .. }) if was_there => {
                Validation { files: Vec::new(), passed_over: Vec::new(), elsewhere: 0 }
            }
            checked => checked?,
        };
        let passed_over = std::mem::take(&mut validation.passed_over);
        self.ask_the_tree(paths, &mut validation)?;
        let facts = validation.files.iter_mut().filter_map(|file| file.taken.as_mut());
        let new: Vec<Snapshot> = facts.filter_map(|facts| facts.snapshot.take()).collect();
        let old = self.snapshots(circumstances.before.unwrap_or_default());
        if compares {
            self.compare(&old, &new, &mut validation);
        }
        let waived = waivers.map(|waivers| {
            let whole = self.covers_everything(paths);
            self.waive(&waivers, circumstances.today, whole, &mut validation)
        });
        let (account, waivers) = waived.unzip();
        Ok(Examined { report: validation.into_report(), passed_over, old, new, account, waivers })
    }

    /// Adds what is found when all contracts are looked at together, those of the repository that
    /// were not asked about included: a number or a bucket is taken, whoever took it.
    fn ask_the_tree(&self, paths: &[PathBuf], validation: &mut Validation<Facts>) -> Result<()> {
        let files = validation.files.iter().enumerate();
        let (places, mut identities): (Vec<usize>, Vec<Identity>) = files
            .filter_map(|(at, file)| Some((at, file.taken.as_ref()?.identity.clone())))
            .unzip();
        identities.extend(self.neighbours(paths, &identities)?);
        let ledger = LedgerFile::of(self).read()?;
        let mut found = tree::check(&identities, &self.policy);
        if let Some(ledger) = ledger {
            found.extend(unledgered::check(&identities, ledger, &self.policy));
        }
        for (at, finding) in found {
            if let Some(place) = places.get(at) {
                validation.files[*place].add([finding]);
            }
        }
        Ok(())
    }

    /// The contracts of the repository that `paths` leave out, if `paths` are among its contracts.
    fn neighbours(&self, paths: &[PathBuf], known: &[Identity]) -> Result<Vec<Identity>> {
        let folder = self.at(&self.policy.paths.contracts);
        let inside = known.iter().any(|it| it.path.starts_with(&self.policy.paths.contracts));
        if self.covers_everything(paths) || !inside {
            return Ok(Vec::new());
        }
        let take = |contract: Option<&Contract<'_>>, _: &[u8], path: &str| identity(path, contract);
        let all = self.check_files(&[folder], Keep::Nothing, take, |_, _| ())?;
        let known: BTreeSet<&str> = known.iter().map(|it| it.path.as_str()).collect();
        let others = all.files.into_iter().filter_map(|file| file.taken);
        Ok(others.filter(|it| !known.contains(it.path.as_str())).collect())
    }

    /// Whether all contracts of the repository lie at or below `paths`.
    pub(super) fn covers_everything(&self, paths: &[PathBuf]) -> bool {
        let folder = &self.policy.paths.contracts;
        paths.iter().filter_map(|path| self.relative(path)).any(|path| {
            path.is_empty()
                || path == *folder
                || folder.strip_prefix(&path).is_some_and(|rest| rest.starts_with('/'))
        })
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
    fn compare(&self, old: &[Snapshot], new: &[Snapshot], validation: &mut Validation<Facts>) {
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

    /// The waivers: the file that was named, or the one of the policy if it is there.
    pub(super) fn waivers(&self, named: Option<&Path>) -> Result<Option<WaiverFile>> {
        let path = named.map_or_else(|| self.at(&self.policy.paths.waivers), Path::to_owned);
        if named.is_none() && !path.exists() {
            return Ok(None);
        }
        let bytes = files::read_bounded(&path, contract_core::yaml::MAX_BYTES)?;
        let shown = self.relative(&path).unwrap_or_else(|| super::with_slashes(&path));
        Ok(Some(WaiverFile { path: shown, bytes }))
    }

    /// Marks what is waived, and adds what is wrong with the waivers themselves. They are read
    /// again on every run, so that one that has ended fails closed.
    fn waive(
        &self,
        file: &WaiverFile,
        today: NaiveDate,
        whole: bool,
        validation: &mut Validation<Facts>,
    ) -> (Account, Vec<u8>) {
        let (waivers, mut findings) = Waivers::parse(&file.bytes);
        let mut usage = Usage::default();
        for contract in &mut validation.files {
            let facts = contract.taken.as_ref();
            let claim = |claim: Option<&tree::Claim>| claim.map(|it| it.text.clone());
            let id = claim(facts.and_then(|it| it.identity.id.as_ref()));
            let bucket = claim(facts.and_then(|it| it.identity.bucket.as_ref()));
            let subject = Subject {
                path: &contract.relative,
                id: id.as_deref(),
                bucket: bucket.as_deref(),
                requester: facts.and_then(|it| it.requester.as_deref()),
            };
            usage.join(waivers.apply(&subject, today, &self.policy, &mut contract.findings));
        }
        let account = waivers.account(&usage, today, &self.policy, whole);
        findings.extend(account.findings.iter().cloned());
        if !findings.is_empty() {
            let text = String::from_utf8_lossy(&file.bytes).into_owned();
            validation.add_elsewhere(CheckedFile::elsewhere(&file.path, text, findings));
        }
        (account, file.bytes.clone())
    }

    /// Those of the earlier `files` that are contracts and lie below `paths`: a contract elsewhere
    /// was not deleted, it was not asked about.
    pub fn only_below(&self, paths: &[PathBuf], files: Vec<EarlierFile>) -> Vec<EarlierFile> {
        let scopes: Vec<String> = paths.iter().filter_map(|path| self.relative(path)).collect();
        let below = |path: &str| {
            scopes.iter().any(|scope| {
                let rest = path.strip_prefix(scope.as_str());
                scope.is_empty() || rest.is_some_and(|it| it.is_empty() || it.starts_with('/'))
            })
        };
        let is_contract =
            |file: &EarlierFile| super::walk::is_contract(Path::new(&file.path), &file.bytes);
        files.into_iter().filter(|file| below(&file.path) && is_contract(file)).collect()
    }

    /// The contracts below `folder`, as a version before: their paths are relative to it.
    ///
    /// # Errors
    ///
    /// [`Error::NoSuchFile`] and [`Error::File`].
    pub fn earlier_files(folder: &Path) -> Result<Vec<EarlierFile>> {
        let found = super::walk::yaml_files(&[folder.to_owned()])?;
        let mut earlier = Vec::new();
        for path in found.into_iter().map(|file| file.path) {
            let bytes = files::read_bounded(&path, contract_core::yaml::MAX_BYTES)?;
            if super::walk::is_contract(&path, &bytes) {
                let relative = path.strip_prefix(folder).unwrap_or(&path);
                earlier.push(EarlierFile { path: super::with_slashes(relative), bytes });
            }
        }
        Ok(earlier)
    }
}

/// What is remembered of a file, whether or not it could be understood.
fn identity(path: &str, contract: Option<&Contract<'_>>) -> Identity {
    match contract {
        Some(contract) => Identity::of(path, contract),
        None => Identity { path: path.to_owned(), id: None, bucket: None },
    }
}
