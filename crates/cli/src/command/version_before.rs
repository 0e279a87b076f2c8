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
    Ok(Some(repository.only_below(paths, all)))
}
