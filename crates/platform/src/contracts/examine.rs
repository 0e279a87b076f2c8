//! Everything that can be asked about a tree of contracts.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use contract_core::report::Report;

use super::Repository;
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
        let _ = circumstances;
        let mut validation = self.check_files(paths, |_, _, _| (), progress)?;
        let passed_over = std::mem::take(&mut validation.passed_over);
        Ok(Examined { report: validation.into_report(), passed_over })
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
