//! The version before, from a folder or from git.

use std::path::PathBuf;

use platform::contracts::{EarlierFile, Repository};

use crate::args::Base;
use crate::git;
use crate::status::Result;

/// The earlier contracts below `paths`; `None` if no version before was named.
pub(super) fn load(
    repository: &Repository,
    base: &Base,
    paths: &[PathBuf],
) -> Result<Option<Vec<EarlierFile>>> {
    let all = match (&base.base, &base.base_rev) {
        (Some(folder), _) => Repository::earlier_files(folder)?,
        (None, Some(revision)) => {
            let blobs = git::files(&repository.root, revision, "")?;
            blobs
                .into_iter()
                .map(|blob| EarlierFile { path: blob.path, bytes: blob.bytes })
                .collect()
        }
        (None, None) => return Ok(None),
    };
    // Only what lies below the paths: a contract elsewhere was not deleted, it was not asked about.
    let scopes: Vec<String> = paths.iter().filter_map(|path| repository.relative(path)).collect();
    let below = |path: &str| {
        scopes.iter().any(|scope| {
            scope.is_empty()
                || path == scope
                || path.strip_prefix(scope.as_str()).is_some_and(|rest| rest.starts_with('/'))
        })
    };
    Ok(Some(all.into_iter().filter(|file| below(&file.path)).collect()))
}
