//! Applied contracts, recorded in the catalogue and the audit file.

use contract_core::render::audit::{self, Record};
use contract_core::render::catalog;

use super::{Ready, Repository};
use crate::error::{Error, Result};
use crate::files;

/// What is recorded about applied contracts.
#[derive(Clone, Copy, Debug)]
pub struct Application<'a> {
    /// The region that the buckets are in.
    pub region: &'a str,
    /// The state of the buckets, such as `active`.
    pub status: &'a str,
    /// The day, `YYYY-MM-DD`.
    pub date: &'a str,
}

/// A row of the audit file, besides what the contract says.
#[derive(Clone, Copy, Debug)]
pub struct AuditRow<'a> {
    /// What was done, such as `apply`.
    pub action: &'a str,
    /// How it ended, such as `success`.
    pub outcome: &'a str,
    /// Who agreed.
    pub approver: &'a str,
    /// When, in UTC, as RFC 3339.
    pub timestamp_utc: &'a str,
    /// What tells this run from others.
    pub run_id: Option<&'a str>,
}

impl Repository {
    /// Writes the entries of `contracts` into the catalogue; everything else in it stays as it is.
    /// Returns whether anything changed.
    ///
    /// # Errors
    ///
    /// [`Error::Catalog`] for a catalogue that cannot be edited safely; it is left alone.
    pub fn catalogue(&self, contracts: &[Ready], application: &Application<'_>) -> Result<bool> {
        let path = self.at(&self.policy.paths.catalog);
        let entry = catalog::Entry {
            region: application.region,
            status: application.status,
            date: application.date,
        };
        let ((), written) = files::update(&path, |old| {
            let mut text = old.map(str::to_owned);
            for contract in contracts {
                let new = catalog::upsert(text.as_deref(), &contract.spec, &entry);
                text = Some(new.map_err(|source| Error::Catalog { path: path.clone(), source })?);
            }
            Ok((text.unwrap_or_default(), ()))
        })?;
        Ok(written)
    }

    /// Appends a row for each contract to the audit file of its environment, unless the same run
    /// has done so already. Returns how many rows were added.
    ///
    /// # Errors
    ///
    /// [`Error::Audit`] for a file that a row cannot be added to safely; it is left alone.
    pub fn audit(&self, contracts: &[Ready], row: &AuditRow<'_>) -> Result<usize> {
        let mut added = 0;
        for contract in contracts {
            let path = self.at(&audit::path(&contract.spec.environment, &self.policy));
            let record = Record::of(
                &contract.spec,
                row.action,
                row.outcome,
                row.approver,
                row.timestamp_utc,
            );
            let (new, _) = files::update(&path, |old| {
                let appended = audit::append(old.unwrap_or_default(), &record, row.run_id)
                    .map_err(|source| Error::Audit { path: path.clone(), source })?;
                Ok((appended.text, appended.added))
            })?;
            added += usize::from(new);
        }
        Ok(added)
    }
}
