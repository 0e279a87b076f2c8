//! The registry of models: a view of the changes of a model's log.

use super::{Error, Kind, Log, Release, ReleaseName, Stage};

/// A model: its versions, and which of them is where.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Its versions, in the order in which they came.
    pub versions: Vec<ModelVersion>,
}

/// A version of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModelVersion {
    /// The release that it is.
    pub name: ReleaseName,
    /// What is true about it.
    pub release: Release,
}

impl Model {
    /// The model that a log tells about.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for the log of something else.
    pub fn of(log: &Log) -> Result<Self, Error> {
        let text = log.name.to_string();
        let Some(name) = text.strip_prefix("models/") else {
            let broken = format!("is not `{text}`");
            return Err(Error::Invalid { what: "the log of a model", broken });
        };
        let mut versions: Vec<ModelVersion> = log
            .releases
            .iter()
            .filter(|(name, _)| name.kind() == Kind::Models)
            .map(|(name, release)| ModelVersion { name: name.clone(), release: release.clone() })
            .collect();
        // A version that holds no file yet comes last.
        versions.sort_by_key(|it| it.release.moves.first().map_or(u64::MAX, |it| it.number));
        Ok(Self { name: name.to_owned(), versions })
    }

    /// The version that came to a stage last and is still there: the one to use.
    pub fn at(&self, stage: Stage) -> Option<&ModelVersion> {
        let there = self.versions.iter().filter(|it| it.release.stage == Some(stage));
        there.max_by_key(|it| it.release.moves.last().map(|it| it.number))
    }
}

impl ModelVersion {
    /// Its number or name.
    pub fn version(&self) -> &str {
        self.name.last()
    }
}
