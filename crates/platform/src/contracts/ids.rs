//! Who gives out the numbers of requests.

use std::path::PathBuf;

use contract_core::ids::{self, IdLedger, RequestId};

use super::Repository;
use crate::error::Result;
use crate::files;

/// Gives out numbers of requests, each once.
///
/// The ledger in the repository is one: two requests that are open at the same time can take one
/// number, and the second merge conflicts. A store with conditional writes can be another, where
/// the number is taken the moment it is given out.
pub trait IdRegistry {
    /// Takes the next number for a request that `request` tells from others.
    ///
    /// # Errors
    ///
    /// When all numbers have been given out, or the registry cannot be asked.
    fn take(&self, request: &[u8]) -> Result<RequestId>;
}

/// The ledger in a repository.
pub struct LedgerFile<'r> {
    repository: &'r Repository,
}

impl<'r> LedgerFile<'r> {
    /// The ledger of `repository`.
    pub fn of(repository: &'r Repository) -> Self {
        Self { repository }
    }

    /// The file of the ledger.
    pub fn path(&self) -> PathBuf {
        self.repository.at(&self.repository.policy.paths.ids)
    }

    /// What the ledger holds; `None` if there is none yet.
    ///
    /// # Errors
    ///
    /// [`Error::Ids`](crate::Error::Ids) for a ledger that cannot be read.
    pub fn read(&self) -> Result<Option<IdLedger>> {
        let text = files::read_if_there(&self.path())?;
        Ok(text.as_deref().map(IdLedger::parse).transpose()?)
    }

    /// The number that would be taken next.
    ///
    /// # Errors
    ///
    /// As [`IdRegistry::take`].
    pub fn peek(&self, request: &[u8]) -> Result<RequestId> {
        let existing = self.repository.numbers()?;
        Ok(ids::take(self.read()?, existing.iter().map(String::as_str), request)?.0)
    }
}

impl IdRegistry for LedgerFile<'_> {
    fn take(&self, request: &[u8]) -> Result<RequestId> {
        let existing = self.repository.numbers()?;
        let (id, _) = files::update(&self.path(), |old| {
            let ledger = old.map(IdLedger::parse).transpose()?;
            let existing = existing.iter().map(String::as_str);
            let (id, ledger) = ids::take(ledger, existing, request)?;
            Ok((ledger.to_text(), id))
        })?;
        Ok(id)
    }
}
