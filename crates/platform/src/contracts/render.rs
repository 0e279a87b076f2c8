//! From contracts to the files that follow from them.

use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use contract_core::ids::RequestId;
use contract_core::render::RenderedFile;
use contract_core::waivers::{Subject, Waivers};
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
    /// The contracts at `paths`, none of which may have an error that is not waived on the day
    /// `today`. `waivers` names another file of waivers than that of the policy.
    ///
    /// # Errors
    ///
    /// [`Error::NotReady`] for the first that has, and as [`examine`](Self::examine).
    pub fn ready(
        &self,
        paths: &[PathBuf],
        today: NaiveDate,
        waivers: Option<&Path>,
    ) -> Result<Vec<Ready>> {
        let waivers = self.waivers(waivers)?.map(|file| Waivers::parse(&file.bytes).0);
        let waivers = waivers.unwrap_or_default();
        let take = |contract: Option<&Contract<'_>>, _: &[u8], _: &str| {
            contract.and_then(S3BucketRequest::from_contract)
        };
        let checked = self.check_files(paths, Keep::Nothing, take, |_, _| ())?;
        let mut ready = Vec::with_capacity(checked.files.len());
        for mut file in checked.files {
            if let Some(Some(request)) = &file.taken {
                let subject = Subject {
                    path: &file.relative,
                    id: Some(&request.id),
                    bucket: Some(&request.spec.bucket_name),
                    requester: Some(&request.requester),
                };
                waivers.apply(&subject, today, &self.policy, &mut file.findings);
            }
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

    /// The files below `root` that look rendered and follow from none of `rendered`: their contract
    /// was deleted or has another number. Empty unless `paths` are all contracts there are.
    ///
    /// # Errors
    ///
    /// [`Error::File`] if a folder cannot be read.
    pub fn orphans(
        &self,
        paths: &[PathBuf],
        root: &Path,
        rendered: &[RenderedFile],
    ) -> Result<Vec<String>> {
        if !self.covers_everything(paths) {
            return Ok(Vec::new());
        }
        let output = &self.policy.paths.output;
        let environments = self.policy.environments.iter();
        let folders = environments.map(|it| format!("{output}/{}/s3/generated", it.name));
        let mut orphans = Vec::new();
        for folder in folders.chain([format!("{output}/generated/iam")]) {
            let path = root.join(&folder);
            if !path.exists() {
                continue;
            }
            for entry in path.read_dir().map_err(crate::error::file("read", &path))? {
                let entry = entry.map_err(crate::error::file("read", &path))?;
                let name = entry.file_name().to_string_lossy().into_owned();
                let at = format!("{folder}/{name}");
                // An application's policy, which the older layout has here, carries no number.
                let numbered = name.get(..7).is_some_and(|id| id.parse::<RequestId>().is_ok());
                if numbered && rendered.binary_search_by(|it| it.path.cmp(&at)).is_err() {
                    orphans.push(at);
                }
            }
        }
        orphans.sort();
        Ok(orphans)
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
