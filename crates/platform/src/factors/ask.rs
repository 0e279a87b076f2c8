//! Questions, answered from memory.

use std::sync::Arc;

use chrono::NaiveDate;
use storage_core::factors::{
    Answer, Diff, Export, ExportLine, Fallback, History, KnownAt, LicenceFilter, Point, Resolution,
    Segment, Selector, Version, VersionId,
};

use super::{FactorStore, Result};

/// What each answers stands at [`Catalogue`](storage_core::factors::Catalogue); the answers are about what
/// this store has read: see [`FactorStore::refresh`].
impl FactorStore {
    /// The version of exactly this name.
    ///
    /// # Errors
    ///
    /// [`Refused`](super::Error::Refused): there is none, or what is stored is something else.
    pub fn get(&self, id: VersionId) -> Result<Arc<Version>> {
        Ok(self.catalogue().get(id)?)
    }

    /// What counts for a factor on a day, as it was known then.
    ///
    /// # Errors
    ///
    /// [`Refused`](super::Error::Refused): there is no such tag, or what is stored is something else.
    pub fn get_at(&self, factor: &str, valid_at: NaiveDate, known_at: &KnownAt) -> Result<Answer> {
        Ok(self.catalogue().get_at(factor, valid_at, known_at)?)
    }

    /// The version that counts for a purpose, and how it was found.
    ///
    /// # Errors
    ///
    /// [`Resolve`](super::Error::Resolve).
    pub fn resolve(
        &self,
        selector: &Selector,
        valid_at: NaiveDate,
        known_at: &KnownAt,
        fallback: &Fallback,
    ) -> Result<Resolution> {
        Ok(self.catalogue().resolve(selector, valid_at, known_at, fallback)?)
    }

    /// Everything that was done to a factor.
    ///
    /// # Errors
    ///
    /// [`Refused`](super::Error::Refused): there is no such factor.
    pub fn history(&self, factor: &str) -> Result<History> {
        Ok(self.catalogue().history(factor)?)
    }

    /// What counts for a factor on all days, as it was known then.
    ///
    /// # Errors
    ///
    /// [`Refused`](super::Error::Refused): there is no such factor or tag, or what is stored is something
    /// else.
    pub fn segments(&self, factor: &str, known_at: &KnownAt) -> Result<Vec<Segment>> {
        Ok(self.catalogue().segments(factor, known_at)?)
    }

    /// What differs between two points.
    ///
    /// # Errors
    ///
    /// [`Refused`](super::Error::Refused): there is no such tag, or what is stored is something else.
    pub fn diff(&self, from: &Point, to: &Point) -> Result<Diff> {
        Ok(self.catalogue().diff(from, to)?)
    }

    /// Hands on what licences allow; see [`Catalogue::export`](storage_core::factors::Catalogue::export).
    ///
    /// # Errors
    ///
    /// As [`diff`](Self::diff); what `each` says.
    pub fn export<E: From<storage_core::factors::Error>>(
        &self,
        known_at: &KnownAt,
        filter: &LicenceFilter,
        each: impl FnMut(ExportLine<'_>) -> Result<(), E>,
    ) -> Result<Export, E> {
        self.catalogue().export(known_at, filter, each)
    }
}
