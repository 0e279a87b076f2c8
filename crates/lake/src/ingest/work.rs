//! Where a run works: at the side of the table if the lake is a directory, else where temporary files go.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::{Error, Options, Result};
use crate::commits::{self, Run, Table};

/// Where a run works.
pub(crate) struct Work {
    /// `None` if nothing is to be committed.
    pub(crate) run: Option<Run>,
    /// Where finished files go; a folder in it for each attempt.
    pub(crate) output: PathBuf,
    pub(crate) spill: PathBuf,
    pub(crate) attempt: u32,
    /// Removed when it is dropped.
    _folder: Option<TempDir>,
}

impl Work {
    pub(crate) async fn begin(table: &Table, options: &Options) -> Result<Self> {
        let run = match options.dry_run {
            true => None,
            false => Some(table.begin().await?),
        };
        let failed =
            |source| Error::Input { place: "the folder for temporary files".into(), source };
        let make = |path: &Path| std::fs::create_dir_all(path).map_err(failed);
        let own = run.as_ref().and_then(Run::folder);
        let needed = own.is_none() || options.temporary.is_some();
        let folder = match (&options.temporary, needed) {
            (_, false) => None,
            (Some(parent), true) => {
                make(parent)?;
                Some(TempDir::with_prefix_in("strongroom-", parent).map_err(failed)?)
            }
            (None, true) => Some(TempDir::with_prefix("strongroom-").map_err(failed)?),
        };
        let output = own.unwrap_or_else(|| {
            folder.as_ref().expect("there is one or the other").path().join("output")
        });
        let spill =
            folder.as_ref().map_or_else(|| output.join("spill"), |it| it.path().join("spill"));
        make(&output)?;
        make(&spill)?;
        Ok(Self { run, output, spill, attempt: 0, _folder: folder })
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.output.join(format!("attempt-{}", self.attempt))
    }

    pub(crate) fn again(&mut self) {
        let _ = std::fs::remove_dir_all(self.folder());
        self.attempt += 1;
    }

    /// Cleans up because of an error from before the commit, and gives it back. What cannot be cleaned up is
    /// rubbish that goes after a day.
    pub(crate) async fn given_up(&mut self, error: Error) -> Error {
        let _ = self.abandon().await;
        error
    }

    pub(crate) async fn abandon(&mut self) -> Result<(), commits::Error> {
        match self.run.take() {
            Some(run) => run.abandon().await,
            None => Ok(()),
        }
    }
}
