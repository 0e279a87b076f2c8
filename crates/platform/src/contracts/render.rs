//! From contracts to the files that follow from them.

use std::path::{Path, PathBuf};

use contract_core::render::RenderedFile;
use contract_core::{BucketSpec, Contract, Finding, S3BucketRequest, render};

use super::{Keep, Repository};
use crate::error::{Error, Result};
use crate::files;

/// A contract without errors, and what it asks for.
#[derive(Clone, Debug)]
pub struct Ready {
    /// The path as it was found or named.
    pub path: String,
    /// The contract.
    pub request: S3BucketRequest,
    /// The desired state.
    pub spec: BucketSpec,
    /// Warnings and advice.
    pub findings: Vec<Finding>,
}

/// How a file in the working copy compares with what it should be. Deliberately exhaustive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Freshness {
    /// It is what it should be.
    Fresh,
    /// It is something else.
    Stale,
    /// It is not there.
    Missing,
}

impl Repository {
    /// The contracts at `paths`, none of which may have an error.
    ///
    /// # Errors
    ///
    /// [`Error::NotReady`] for the first that has, and as [`check_files`](Self::check_files).
    pub fn ready(&self, paths: &[PathBuf]) -> Result<Vec<Ready>> {
        let take = |contract: Option<&Contract<'_>>, _: &[u8], _: &str| {
            contract.and_then(S3BucketRequest::from_contract)
        };
        let checked = self.check_files(paths, Keep::Nothing, take, |_, _| ())?;
        let mut ready = Vec::with_capacity(checked.files.len());
        for file in checked.files {
            let count = file.findings.iter().filter(|finding| finding.blocks()).count();
            let request = file.taken.flatten().filter(|_| count == 0);
            let Some(request) = request else {
                return Err(Error::NotReady { path: file.path, count: count.max(1) });
            };
            let spec = BucketSpec::of(&request, &self.policy);
            ready.push(Ready { path: file.path, request, spec, findings: file.findings });
        }
        Ok(ready)
    }

    /// Every file that follows from `contracts`, by path.
    pub fn renderings(&self, contracts: &[Ready]) -> Vec<RenderedFile> {
        let mut files: Vec<_> =
            contracts.iter().flat_map(|it| render::files(&it.spec, &self.policy)).collect();
        files.sort();
        files
    }
}

/// Writes `rendered` below `root`; returns those that changed. Each is whole or as before, and a
/// second run writes nothing.
///
/// # Errors
///
/// [`Error::File`].
pub fn write_renderings(root: &Path, rendered: &[RenderedFile]) -> Result<Vec<String>> {
    let mut changed = Vec::new();
    for file in rendered {
        if files::replace(&root.join(&file.path), &file.content)? {
            changed.push(file.path.clone());
        }
    }
    Ok(changed)
}

/// Compares `rendered` with what lies below `root`.
///
/// # Errors
///
/// [`Error::File`].
pub fn compare_renderings(
    root: &Path,
    rendered: &[RenderedFile],
) -> Result<Vec<(String, Freshness)>> {
    let compare = |file: &RenderedFile| {
        let freshness = match files::read_if_there(&root.join(&file.path))? {
            None => Freshness::Missing,
            Some(text) if text == file.content => Freshness::Fresh,
            Some(_) => Freshness::Stale,
        };
        Ok((file.path.clone(), freshness))
    };
    rendered.iter().map(compare).collect()
}
