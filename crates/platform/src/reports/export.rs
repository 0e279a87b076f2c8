//! Handing a report out as a bag.

use std::path::Path;

use chrono::SecondsFormat;
use futures_util::TryStreamExt as _;
use storage_core::bagit::BagInfo;
use storage_core::reports::State;

use super::{Reports, Result};
use crate::bags::{self, BagWriter, Receipt};

impl Reports {
    /// Writes a report as a bag (RFC 8493) at `folder`, where nothing may be yet: its files, its metadata
    /// and its manifest. `agent` is the software that does it, and `told` hears how many more bytes
    /// were written. There is a bag only if all of it is what was archived.
    ///
    /// # Errors
    ///
    /// As [`Reports::open_file`]; [`Error::Bag`](super::Error::Bag) says what the disk did not do.
    pub async fn export(
        &self,
        state: &State,
        folder: &Path,
        agent: &str,
        told: impl Fn(u64),
    ) -> Result<Receipt> {
        state.there()?;
        let mut bag = BagWriter::begin(folder)?;
        for entry in state.manifest.contents() {
            let mut pieces = self.open_file(state, entry.name.as_str())?;
            let mut file = bag.file(entry.name.as_str())?;
            while let Some(piece) = pieces.try_next().await? {
                file.add(&piece)?;
                told(piece.len() as u64);
            }
            file.finish()?;
        }
        // What protected it goes with it.
        let mut file = bag.file("manifest.json")?;
        file.add(&state.manifest.to_bytes())?;
        file.finish()?;
        let mut info = BagInfo::default();
        let today = self.options.clock.now().date_naive();
        let archived_at = state.manifest.archived_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        for (label, value) in [
            ("External-Identifier", state.report().to_string()),
            ("Bagging-Date", today.to_string()),
            ("Bag-Software-Agent", agent.to_owned()),
            ("Archived-At", archived_at),
        ] {
            info.add(label, value).map_err(bags::Error::from)?;
        }
        Ok(bag.finish(&info)?)
    }
}
