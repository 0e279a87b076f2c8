//! `audit`: the tamper-evident log, one file per subcommand.

mod canonicalize;
mod key_file;
mod keyring;
mod keys;
mod lines;
mod verify;

use platform::store::Store;
use tokio::runtime::Runtime;

use crate::args::Audit;
use crate::status::{Error, Result, Status};

pub(super) fn run(audit: Audit) -> Result<Status> {
    match audit {
        Audit::Verify(it) => verify::run(&it),
        Audit::Canonicalize(it) => canonicalize::run(&it),
        Audit::Keys(it) => keys::run(&it),
    }
}

/// What waits for the store.
fn runtime() -> Result<Runtime> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|source| Error::System { act: "start threads", source })
}

/// The store that was named.
async fn store(url: &str) -> Result<Store> {
    Store::open(url).await.map_err(Error::from)
}
