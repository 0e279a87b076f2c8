//! The working copy of a repository with contracts.

mod create;
mod examine;
mod ids;
mod record;
mod render;
mod validate;
mod walk;

use std::path::{Path, PathBuf};

use contract_core::Policy;

use crate::error::{Error, Result};
use crate::files;

pub use create::Prepared;
pub use examine::{Circumstances, EarlierFile, Examined};
pub use ids::{IdRegistry, LedgerFile};
pub use record::{Application, AuditRow};
pub use render::{Freshness, Ready, compare_renderings, write_renderings};
pub use validate::{CheckedFile, Keep, Validation};

/// The name of the policy, at the root of a repository.
pub const POLICY_FILE: &str = "strongroom.yaml";

/// A working copy: where it is, and what its organisation has decided.
#[derive(Clone, Debug)]
pub struct Repository {
    /// The root; all paths of the policy are relative to it.
    pub root: PathBuf,
    /// The decisions.
    pub policy: Policy,
    /// The file they come from; `None` for the built-in ones.
    pub policy_path: Option<PathBuf>,
}

impl Repository {
    /// Opens the repository that `start` lies in: the nearest folder above with a policy, else the
    /// nearest with `.git`, else `start` itself. `policy` names another policy.
    ///
    /// # Errors
    ///
    /// [`Error::Policy`] for a policy that cannot be used: a broken one never counts as an empty
    /// one. [`Error::NoSuchFile`] if `policy` is not there.
    pub fn open(start: &Path, policy: Option<&Path>) -> Result<Self> {
        let start = std::path::absolute(start).map_err(crate::error::file("find", start))?;
        let above = |name: &str| {
            start.ancestors().find(|folder| folder.join(name).exists()).map(Path::to_owned)
        };
        let root = above(POLICY_FILE).or_else(|| above(".git"));
        let root = root.unwrap_or_else(|| {
            if start.is_dir() { start.clone() } else { start.parent().unwrap_or(&start).to_owned() }
        });
        let found = root.join(POLICY_FILE);
        let path = match policy {
            Some(named) => Some(named.to_owned()),
            None => found.exists().then_some(found),
        };
        let Some(path) = path else {
            return Ok(Self { root, policy: Policy::default(), policy_path: None });
        };
        let text = files::read_if_there(&path)?;
        let text = text.ok_or_else(|| Error::NoSuchFile { path: path.clone() })?;
        let policy =
            Policy::parse(&text).map_err(|source| Error::Policy { path: path.clone(), source })?;
        Ok(Self { root, policy, policy_path: Some(path) })
    }

    /// `path` relative to the root, with `/` between its parts; `None` if it lies elsewhere.
    pub fn relative(&self, path: &Path) -> Option<String> {
        let absolute = std::path::absolute(path).ok()?;
        let relative = absolute.strip_prefix(&self.root).ok()?;
        Some(with_slashes(relative))
    }

    /// The numbers in the names of the files below the folder of contracts, as they stand: names
    /// that are no number are among them.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if the folder cannot be read. A folder that is not there has no numbers.
    pub fn numbers(&self) -> Result<Vec<String>> {
        let folder = self.at(&self.policy.paths.contracts);
        if !folder.exists() {
            return Ok(Vec::new());
        }
        let files = walk::yaml_files(&[folder])?;
        let stems = files.iter().filter_map(|file| file.path.file_stem()?.to_str());
        Ok(stems.map(str::to_owned).collect())
    }

    /// The file that the policy calls `path`.
    pub fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }
}

/// `path` as text with `/` between its parts, as reports and rules have it.
pub(crate) fn with_slashes(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = text.strip_prefix("./").unwrap_or(&text);
    if std::path::MAIN_SEPARATOR == '/' { text.to_owned() } else { text.replace('\\', "/") }
}
