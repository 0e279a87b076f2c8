//! `audit`: the tamper-evident log, one file per subcommand.

mod append;
mod canonicalize;
mod checkpoint;
mod erase_subject;
mod event;
mod export;
mod import_legacy;
pub(super) mod key_file;
mod keyring;
pub(super) mod keys;
mod lines;
mod metrics;
mod prove;
mod prune;
mod show;
mod stop;
mod subject_keys;
mod verify;
mod verify_legacy;
mod verify_proof;
pub(super) mod writing;

use platform::store::Store;
use tokio::runtime::Runtime;

use crate::args::Audit;
use crate::status::{Error, Result, Status};

pub(super) fn run(audit: Audit) -> Result<Status> {
    match audit {
        Audit::Append(it) => append::run(&it),
        Audit::Checkpoint(it) => checkpoint::run(&it),
        Audit::Export(it) => export::run(&it),
        Audit::Show(it) => show::run(&it),
        Audit::ImportLegacy(it) => import_legacy::run(&it),
        Audit::Prune(it) => prune::run(&it),
        Audit::EraseSubject(it) => erase_subject::run(&it),
        Audit::Prove(it) => prove::run(&it),
        Audit::VerifyProof(it) => verify_proof::run(&it),
        Audit::Verify(it) => verify::run(&it),
        Audit::Canonicalize(it) => canonicalize::run(&it),
        Audit::Keys(it) => keys::run(&it),
    }
}

/// What waits for the store.
pub(super) fn runtime() -> Result<Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|source| Error::System { act: "start threads", source })
}

/// The store that was named.
async fn store(url: &str) -> Result<Store> {
    Store::open(url).await.map_err(Error::from)
}
