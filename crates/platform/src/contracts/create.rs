//! New contracts, and contracts that get another number.

use std::fs;
use std::path::{Path, PathBuf};

use contract_core::ids::RequestId;
use contract_core::{Contract, Document, Draft, Finding, S3BucketRequest, check};

use super::{IdRegistry, Keep, LedgerFile, Repository};
use crate::error::{Error, Result, file};
use crate::files;

/// A contract that is ready to be written, or the reasons why not.
#[derive(Clone, Debug)]
pub struct Prepared {
    /// The contract.
    pub request: S3BucketRequest,
    /// Where it belongs, relative to the root.
    pub path: String,
    /// What was found in it. If anything blocks, nothing may be written.
    pub findings: Vec<Finding>,
}

impl Prepared {
    /// Whether it may be written.
    pub fn is_ready(&self) -> bool {
        !self.findings.iter().any(Finding::blocks)
    }
}

impl Repository {
    /// Turns a draft into a contract with the number that is next, and judges it. Writes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Ids`] and [`Error::File`].
    pub fn prepare(&self, draft: Draft) -> Result<Prepared> {
        let id = LedgerFile::of(self).peek(b"")?;
        Ok(self.judge(draft, id))
    }

    fn judge(&self, draft: Draft, id: RequestId) -> Prepared {
        let request = draft.into_request(id, &self.policy);
        let path = self.contract_path(&request.environment, &request.id);
        let findings = request.check(&self.policy, Some(&path));
        Prepared { request, path, findings }
    }

    /// Writes the contract that `draft` becomes, with a number that `registry` gives out.
    ///
    /// # Errors
    ///
    /// [`Error::NotReady`] if the contract has errors; then nothing is written and no number is
    /// taken. [`Error::BucketTaken`] if another contract has the bucket. [`Error::AlreadyThere`].
    pub fn create(&self, draft: Draft, registry: &dyn IdRegistry) -> Result<Prepared> {
        let first = self.prepare(draft.clone())?;
        if !first.is_ready() {
            let count = first.findings.iter().filter(|it| it.blocks()).count();
            return Err(Error::NotReady { path: first.path, count });
        }
        if let Some(path) = self.contract_of_bucket(&first.request.spec.bucket_name)? {
            return Err(Error::BucketTaken { bucket: first.request.spec.bucket_name, path });
        }
        // What tells this request from another one that is open at the same time.
        let words = [
            &*draft.environment,
            &*draft.application,
            draft.purpose_type.word(),
            &*draft.requester,
            &*draft.purpose_description,
        ];
        let id = registry.take(words.join("\n").as_bytes())?;
        let prepared = self.judge(draft, id);
        files::create(&self.at(&prepared.path), &prepared.request.to_yaml())?;
        Ok(prepared)
    }

    /// Gives the contract at `path` the next number and moves it to where it then belongs.
    /// Comments and layout stay. Returns the old and the new number and the new path.
    ///
    /// # Errors
    ///
    /// [`Error::NoNumber`] if the contract has no number or environment that could be read.
    pub fn renumber(
        &self,
        path: &Path,
        registry: &dyn IdRegistry,
    ) -> Result<(String, RequestId, PathBuf)> {
        let bytes = files::read_bounded(path, contract_core::yaml::MAX_BYTES)?;
        let no_number = || Error::NoNumber { path: path.to_owned() };
        let text = std::str::from_utf8(&bytes).map_err(|_| no_number())?;
        let document = Document { path: None, bytes: &bytes };
        let places = |contract: &Contract<'_>| {
            let id = contract.id()?;
            Some((id.value.to_owned(), id.span, contract.environment()?.value.to_owned()))
        };
        let (_, found) = check(document, &self.policy, places);
        let (old, span, environment) = found.flatten().ok_or_else(no_number)?;
        let id = registry.take(&bytes)?;
        let (before, after) = (&text[..span.start as usize], &text[span.end as usize..]);
        let new_path = self.at(&self.contract_path(&environment, &id.to_string()));
        files::create(&new_path, &format!("{before}{id}{after}"))?;
        fs::remove_file(path).map_err(file("remove", path))?;
        Ok((old, id, new_path))
    }

    /// Where the contract with these names belongs, relative to the root.
    pub fn contract_path(&self, environment: &str, id: &str) -> String {
        format!("{}/{environment}/{id}.yaml", self.policy.paths.contracts)
    }

    /// The contract below the folder of contracts that names `bucket`.
    fn contract_of_bucket(&self, bucket: &str) -> Result<Option<String>> {
        let folder = self.at(&self.policy.paths.contracts);
        if !folder.exists() {
            return Ok(None);
        }
        let names = |contract: Option<&Contract<'_>>, _: &[u8], _: &str| {
            contract.and_then(Contract::bucket_name).is_some_and(|name| name.value == bucket)
        };
        match self.check_files(&[folder], Keep::Nothing, names, |_, _| ()) {
            Ok(checked) => {
                let mut files = checked.files.into_iter();
                Ok(files.find(|file| file.taken == Some(true)).map(|file| file.relative))
            }
            Err(Error::NoContracts { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
