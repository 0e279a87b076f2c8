//! The working copy of a repository with contracts.

mod create;
mod examine;
mod ids;
mod record;
mod render;
mod store_ids;
mod validate;
mod walk;

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use contract_core::Policy;

use crate::error::{Error, Result};
use crate::files;

pub use create::Prepared;
pub use examine::{Circumstances, EarlierFile, Examined};
pub use ids::{IdRegistry, LedgerFile};
pub use record::{Application, AuditRow};
pub use render::{Freshness, Ready, compare_renderings, write_renderings};
pub use store_ids::StoreIds;
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
        let start = folded(&start);
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
        let absolute = folded(&std::path::absolute(path).ok()?);
        let relative = absolute.strip_prefix(&self.root).ok()?;
        Some(with_slashes(relative))
    }

    /// Those of the `tracked` files that lie at or below `paths` and are contracts, and that a walk
    /// leaves out all the same, because they are hidden or an ignore file names them. Version control
    /// keeps them, so nobody may get around a check by ignoring what they add. `tracked` is relative
    /// to the root.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if a folder or file cannot be read.
    pub fn left_out(&self, paths: &[PathBuf], tracked: &[PathBuf]) -> Result<Vec<PathBuf>> {
        // A folder that was deleted leaves nothing out; whoever examines it says what that means.
        let there: Vec<PathBuf> = paths.iter().filter(|path| path.exists()).cloned().collect();
        let found = walk::yaml_files(&there)?;
        let seen: BTreeSet<String> =
            found.iter().filter_map(|file| self.relative(&file.path)).collect();
        let mut left_out = Vec::new();
        for tracked in tracked.iter().filter(|it| !seen.contains(&with_slashes(it))) {
            let below = |path: &PathBuf| {
                let rest = tracked.strip_prefix(self.relative(path)?).ok()?;
                Some(if rest.as_os_str().is_empty() { path.clone() } else { path.join(rest) })
            };
            let Some(path) = paths.iter().find_map(below) else { continue };
            // Deleted in the working copy, or a link: a walk would not take it either.
            if !path.symlink_metadata().is_ok_and(|it| it.is_file()) || !walk::is_yaml(&path) {
                continue;
            }
            let bytes = files::read_bounded(&path, contract_core::yaml::MAX_BYTES)?;
            if walk::is_contract(&path, &bytes) {
                left_out.push(path);
            }
        }
        Ok(left_out)
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

/// `path`, which is absolute, without `..`: as it reads, whatever links there are.
fn folded(path: &Path) -> PathBuf {
    let mut folded = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(folded.pop()),
            part => folded.push(part),
        }
    }
    folded
}

/// `path` as text with `/` between its parts, as reports and rules have it.
pub(crate) fn with_slashes(path: &Path) -> String {
    let text = path.to_string_lossy();
    let text = text.strip_prefix("./").unwrap_or(&text);
    if std::path::MAIN_SEPARATOR == '/' { text.to_owned() } else { text.replace('\\', "/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTRACT: &str = "kind: S3BucketRequest\n";

    #[test]
    fn a_path_is_the_same_however_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::open(folder.path(), None).unwrap();
        let at = |path: &str| repository.relative(&folder.path().join(path));
        assert_eq!(at("a/../b/./c.yaml").as_deref(), Some("b/c.yaml"));
        assert_eq!(at("../elsewhere"), None);
    }

    #[test]
    fn one_file_by_two_ways_is_one_contract() {
        let folder = tempfile::tempdir().unwrap();
        files::create(&folder.path().join("a/b.yaml"), CONTRACT).unwrap();
        let repository = Repository::open(folder.path(), None).unwrap();
        let paths = ["a", "a/../a", "a/./b.yaml"].map(|path| folder.path().join(path));
        let checked = repository.check_files(&paths, Keep::Nothing, |_, _, _| (), |_, _| ());
        assert_eq!(checked.unwrap().files.len(), 1);
    }

    #[test]
    fn a_contract_that_version_control_keeps_cannot_be_ignored() {
        let folder = tempfile::tempdir().unwrap();
        let at = |path: &str| folder.path().join(path);
        files::create(&at("in/.gitignore"), "S3-0002.yaml\nother.yaml\n").unwrap();
        for path in ["in/S3-0001.yaml", "in/S3-0002.yaml", "in/.x/S3-0003.yaml", "out/S3-0004.yaml"]
        {
            files::create(&at(path), CONTRACT).unwrap();
        }
        files::create(&at("in/other.yaml"), "kind: Something\n").unwrap();
        let repository = Repository::open(folder.path(), None).unwrap();
        let tracked = [
            "in/.gitignore",
            "in/.x/S3-0003.yaml",
            "in/S3-0001.yaml",
            "in/S3-0002.yaml",
            "in/deleted/S3-0005.yaml",
            "in/other.yaml",
            "out/S3-0004.yaml",
        ]
        .map(PathBuf::from);
        let left_out = repository.left_out(&[at("in")], &tracked).unwrap();
        assert_eq!(left_out, [at("in/.x/S3-0003.yaml"), at("in/S3-0002.yaml")]);
    }
}
