//! Handing figures on, as far as their licences allow.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;

use super::timeline::View;
use super::{Catalogue, Error, Factor, Interval, KnownAt, Licence, Version, VersionId};

/// Which licences are let through.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum LicenceFilter {
    /// Those that say that the figures may be handed on.
    #[default]
    Redistributable,
    /// Of those, only the ones of these names.
    Named(BTreeSet<String>),
    /// All, for what does not leave the house.
    All,
}

impl LicenceFilter {
    fn admits(&self, licence: &Licence) -> bool {
        match self {
            Self::Redistributable => licence.redistribute,
            Self::Named(names) => licence.redistribute && names.contains(&licence.name),
            Self::All => true,
        }
    }
}

/// A version on the days on which it counts.
#[derive(Clone, Debug, Serialize)]
pub struct ExportLine<'a> {
    /// What it is about.
    pub factor: &'a Factor,
    /// Its name.
    pub version_id: VersionId,
    /// The days.
    pub valid: Option<Interval>,
    /// What it says.
    pub version: &'a Version,
}

/// What was handed on, and what was not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Export {
    /// How many lines were handed on.
    pub exported: u64,
    /// How many were held back, by licence.
    pub excluded: BTreeMap<String, u64>,
    /// What has to be said with them.
    pub attributions: BTreeSet<String>,
}

impl Catalogue {
    /// Gives everything that counts on any day, as it was known then, to `each`: in the order of the
    /// factors and of the days.
    ///
    /// # Errors
    ///
    /// [`Error::NoTag`], [`Error::VersionAltered`]; what `each` says.
    pub fn export<E: From<Error>>(
        &self,
        known_at: &KnownAt,
        filter: &LicenceFilter,
        mut each: impl FnMut(ExportLine<'_>) -> Result<(), E>,
    ) -> Result<Export, E> {
        let bound = self.bound(known_at)?;
        let mut export = Export::default();
        for number in 0..self.factors() {
            let factor: &Arc<Factor> = self.factor_at(number);
            for stretch in self.timeline_at(number).stretches(bound) {
                let View::Version(mark) = stretch.view else { continue };
                let version = self.glance(mark.version)?;
                if !filter.admits(&version.licence) {
                    *export.excluded.entry(version.licence.name.clone()).or_default() += 1;
                    continue;
                }
                export.exported += 1;
                export.attributions.extend(version.licence.attribution.clone());
                each(ExportLine {
                    factor,
                    version_id: self.version_id_at(mark.version),
                    valid: Interval::between(stretch.from, stretch.to),
                    version: &version,
                })?;
            }
        }
        Ok(export)
    }
}
