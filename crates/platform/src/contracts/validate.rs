//! Many contracts at once: from files to a report.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use contract_core::report::{FileReport, Report};
use contract_core::yaml::{MAX_BYTES, unreadable};
use contract_core::{Contract, Document, Finding, Policy, check};
use rayon::prelude::*;

use super::walk::{self, Found};
use super::{Repository, with_slashes};
use crate::error::{Error, Result};
use crate::files::read_bounded_into;

/// What is kept of files besides what was found in them. Deliberately exhaustive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// The texts: the report shows lines, or remedies are applied to exactly what was checked.
    Texts,
    /// Nothing: the report names places alone.
    Nothing,
}

/// One file, looked at.
#[derive(Clone, Debug)]
pub struct CheckedFile<T> {
    /// The path as it was found or named, with `/` between its parts.
    pub path: String,
    /// The path relative to the root of the repository; as found if it lies elsewhere.
    pub relative: String,
    /// The text, to show findings in; empty if it is not UTF-8 or was not asked for.
    pub text: String,
    /// What was found in the file alone.
    pub findings: Vec<Finding>,
    /// What the caller took; `None` for a file that could not be read.
    pub taken: Option<T>,
}

/// Many files, looked at.
#[derive(Clone, Debug)]
pub struct Validation<T> {
    /// Every contract, by path.
    pub files: Vec<CheckedFile<T>>,
    /// YAML files that a walk met and that are no contracts.
    pub passed_over: Vec<String>,
    /// How many of the files are no contracts that were checked, but have findings.
    pub(super) elsewhere: usize,
}

impl<T> CheckedFile<T> {
    /// Adds what a later question found.
    pub(super) fn add(&mut self, found: impl IntoIterator<Item = Finding>) {
        self.findings.reserve_exact(1);
        self.findings.extend(found);
        self.findings.sort_by(|a, b| (a.span, a.rule.code).cmp(&(b.span, b.rule.code)));
    }

    /// A file that is not there any more, is no contract, or cannot be read, and about which
    /// something was found.
    pub(super) fn elsewhere(path: &str, text: String, findings: Vec<Finding>) -> Self {
        let path = path.to_owned();
        Self { relative: path.clone(), path, text, findings, taken: None }
    }
}

impl<T> Validation<T> {
    /// Adds a file that was not checked.
    pub(super) fn add_elsewhere(&mut self, file: CheckedFile<T>) {
        self.elsewhere += 1;
        let at = self.files.partition_point(|other| other.path < file.path);
        self.files.insert(at, file);
    }

    /// The findings, for a report.
    pub fn into_report(self) -> Report {
        let checked = self.files.len() - self.elsewhere;
        let files = self.files.into_iter().filter(|file| !file.findings.is_empty());
        let files = files
            .map(|file| FileReport {
                path: file.path,
                relative: file.relative,
                text: file.text,
                findings: file.findings,
            })
            .collect();
        Report { checked, files }
    }
}

impl Repository {
    /// Asks every question that each file can answer for itself, with all cores, and takes from
    /// each contract what `take` wants. `progress` is called after each file with the number done
    /// and the number there is.
    ///
    /// # Errors
    ///
    /// [`Error::NoContracts`] if there is nothing to check: that is not the same as nothing found.
    /// [`Error::NoSuchFile`] and [`Error::File`].
    pub fn check_files<T: Send>(
        &self,
        paths: &[PathBuf],
        keeps: Keep,
        take: impl Fn(Option<&Contract<'_>>, &[u8], &str) -> T + Sync,
        progress: impl Fn(usize, usize) + Sync,
    ) -> Result<Validation<T>> {
        let found = walk::yaml_files(paths)?;
        // Asked once for each argument: asking for each file costs as much as reading it.
        let roots: Vec<_> = paths.iter().map(|path| self.relative(path)).collect();
        let done = AtomicUsize::new(0);
        let total = found.len();
        let checked: Vec<_> = found
            .par_iter()
            .with_min_len(32)
            .map_init(Vec::new, |bytes, file| {
                let root = roots[file.argument].as_deref();
                let checked =
                    self.check_file(file, &paths[file.argument], root, bytes, keeps, &take);
                progress(done.fetch_add(1, Ordering::Relaxed) + 1, total);
                checked
            })
            .collect::<Result<_>>()?;
        let mut validation =
            Validation { files: Vec::with_capacity(total), passed_over: Vec::new(), elsewhere: 0 };
        // One file by two ways, such as `a` and `./a/b.yaml`, is one contract.
        let mut known = BTreeSet::new();
        let mut is_new =
            |file: &CheckedFile<T>| paths.len() == 1 || known.insert(file.relative.clone());
        for (file, checked) in found.iter().zip(checked) {
            match checked {
                Some(checked) if !is_new(&checked) => {}
                Some(checked) => validation.files.push(checked),
                None => validation.passed_over.push(with_slashes(&file.path)),
            }
        }
        if validation.files.is_empty() {
            let places: Vec<_> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
            return Err(Error::NoContracts { places: places.join(", ") });
        }
        Ok(validation)
    }

    /// `None` for a file that is no contract and was not named. `argument` led to the file, and
    /// `root` is the same relative to the repository. `bytes` is room to read into.
    fn check_file<T>(
        &self,
        file: &Found,
        argument: &Path,
        root: Option<&str>,
        bytes: &mut Vec<u8>,
        keeps: Keep,
        take: impl Fn(Option<&Contract<'_>>, &[u8], &str) -> T,
    ) -> Result<Option<CheckedFile<T>>> {
        match read_bounded_into(bytes, &file.path, MAX_BYTES) {
            Ok(()) => {}
            Err(Error::File { source, .. }) => {
                let finding = unreadable(format!("the file cannot be read: {source}"));
                let path = with_slashes(&file.path);
                return Ok(Some(CheckedFile::elsewhere(&path, String::new(), vec![finding])));
            }
            Err(error) => return Err(error),
        };
        if !file.named && !walk::is_contract(&file.path, bytes) {
            return Ok(None);
        }
        let shown = with_slashes(&file.path);
        let relative = match root {
            None => shown.clone(),
            Some(root) => {
                let length = argument.as_os_str().len();
                let below = file.path.to_string_lossy().get(length..).map(str::to_owned);
                let below = below.unwrap_or_default();
                let below = below.trim_start_matches(std::path::MAIN_SEPARATOR);
                match (root, below) {
                    ("", below) => below.to_owned(),
                    (root, "") => root.to_owned(),
                    (root, below) => format!("{root}/{}", with_slashes(Path::new(below))),
                }
            }
        };
        Ok(Some(check_bytes(&self.policy, shown, relative, bytes, keeps, take)))
    }
}

fn check_bytes<T>(
    policy: &Policy,
    path: String,
    relative: String,
    bytes: &[u8],
    keeps: Keep,
    take: impl Fn(Option<&Contract<'_>>, &[u8], &str) -> T,
) -> CheckedFile<T> {
    let document = Document { path: Some(&relative), bytes };
    let (findings, taken) =
        check(document, policy, |contract| take(Some(contract), bytes, &relative));
    let taken = Some(taken.unwrap_or_else(|| take(None, bytes, &relative)));
    let text = match keeps {
        // Of every file: a question about all of them may still find something here, and it has
        // to be shown in the text that was read, not in what the file holds by then.
        Keep::Texts => std::str::from_utf8(bytes).unwrap_or_default().to_owned(),
        Keep::Nothing => String::new(),
    };
    CheckedFile { path, relative, text, findings, taken }
}
