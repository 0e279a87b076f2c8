//! `artifact`: what was built, trained, packed or uploaded, one file per group of subcommands.

mod aside;
mod files;
mod models;
mod show;
mod stages;

use std::path::Path;
use std::sync::Arc;

use platform::artifacts::{ArtifactReader, ArtifactStore, Clamd, Options};
use platform::ledger::Ledger;
use platform::numbered::Retry;
use platform::store::Store;
use storage_core::artifacts::{Gates, Rules};

use super::audit::{runtime, writing};
use super::ledger::sealing;
use crate::args::artifact::{Artifact, Change, Checks, Place};
use crate::status::{Result, Status};

/// Where changes are recorded, unless another place is named.
const LEDGER: &str = "_strongroom/ledger";

pub(super) fn run(artifact: Artifact) -> Result<Status> {
    runtime()?.block_on(async {
        match artifact {
            Artifact::Put(it) => files::put(&it).await,
            Artifact::Get(it) => files::get(&it).await,
            Artifact::Quarantine(it) => aside::decide(&it).await,
            Artifact::Verify(it) => aside::verify(&it).await,
            Artifact::List(it) => files::list(&it).await,
            Artifact::Presign(it) => files::presign(&it).await,
            Artifact::OnEvent(it) => files::on_event(&it).await,
            Artifact::Gate(it) => stages::gate(&it).await,
            Artifact::Approve(it) => stages::approve(&it).await,
            Artifact::Promote(it) => stages::promote(&it).await,
            Artifact::Demote(it) => stages::demote(&it).await,
            Artifact::Register(it) => models::register(&it).await,
            Artifact::Models(it) => models::models(&it).await,
        }
    })
}

/// The artifacts that were named, to be read.
async fn reader(place: &Place) -> Result<ArtifactReader> {
    let store = Store::open(&place.store).await?;
    Ok(ArtifactReader::open(&store, Retry::default()).await?)
}

/// Opens the artifacts that were named, changes them, and seals what was recorded.
async fn change<T>(
    change: &Change,
    checks: Option<&Checks>,
    gates: Option<&Path>,
    act: impl AsyncFnOnce(&ArtifactStore) -> Result<T>,
) -> Result<T> {
    let mut options = Options::new(&change.actor);
    if let Some(path) = checks.and_then(|it| it.rules.as_deref()) {
        options.rules = Rules::read(&read(path)?).map_err(platform::artifacts::Error::from)?;
    }
    if let Some(address) = checks.and_then(|it| it.clamd.as_deref()) {
        options.scanner = Some(Arc::new(Clamd::at(address)));
    }
    if let Some(path) = gates {
        options.gates = Gates::read(&read(path)?).map_err(platform::artifacts::Error::from)?;
    }
    let store = Store::open(&change.place.store).await?;
    let log = match &change.ledger {
        Some(url) => Store::open(url).await?,
        None => store.at(LEDGER),
    };
    let ledger = Ledger::open(&log, writing::options(&change.writing)?).await?;
    let recorded = ledger.clone();
    let act = async { act(&ArtifactStore::open(&store, recorded, options).await?).await };
    sealing(&ledger, act).await
}

fn read(path: &Path) -> Result<Vec<u8>> {
    /// Rules and gates are written by people.
    const LARGEST: usize = 1 << 20;
    Ok(platform::files::read_whole(path, LARGEST)?)
}
