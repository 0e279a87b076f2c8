//! `factor`: emission factors, one file per subcommand.

mod change;
mod compute;
mod diff;
mod export;
mod get;
mod history;
mod impact;
mod import;
mod page;
mod put;
mod recompute;
mod resolve;
pub(super) mod table;
mod tag;
mod verify;

use platform::factors::{FactorStore, Options};
use platform::store::Store;

use super::audit::runtime;
use super::ledger;
use crate::args::{Factor, Place, Writer};
use crate::output;
use crate::status::{Result, Status};

pub(super) fn run(factor: Factor) -> Result<Status> {
    match factor {
        Factor::Import(it) => import::run(&it),
        Factor::Put(it) => put::run(&it),
        Factor::Get(it) => get::run(&it),
        Factor::Resolve(it) => resolve::run(&it),
        Factor::History(it) => history::run(&it),
        Factor::Diff(it) => diff::run(&it),
        Factor::Compute(it) => compute::run(&it),
        Factor::Recompute(it) => recompute::run(&it),
        Factor::Withdraw(it) => change::withdraw(&it),
        Factor::Reinstate(it) => change::reinstate(&it),
        Factor::Tag(it) => tag::run(&it),
        Factor::Impact(it) => impact::run(&it),
        Factor::Export(it) => export::run(&it),
        Factor::Verify(it) => verify::run(&it),
    }
}

/// How factors are opened: those that only read begin nothing.
fn options(place: &Place) -> Options {
    let mut options = Options::new("strongroom");
    options.create = false;
    options.cache = place.cache.clone();
    options
}

/// Opens the factors that were named, to be read.
async fn read(place: &Place) -> Result<FactorStore> {
    open(place, options(place)).await
}

/// Opens the factors that were named, changes them, and seals the log that hears of it. Begins there
/// if nothing is and that is wanted.
async fn change<T>(
    place: &Place,
    writer: &Writer,
    create: bool,
    act: impl AsyncFnOnce(&FactorStore) -> Result<T>,
) -> Result<T> {
    let mut options = options(place);
    options.actor.clone_from(&writer.actor);
    options.create = create;
    let ledger = ledger::named(writer.ledger.as_deref(), writer.signer.as_deref()).await?;
    options.ledger.clone_from(&ledger);
    ledger::sealing(&ledger, async { act(&open(place, options).await?).await }).await
}

async fn open(place: &Place, options: Options) -> Result<FactorStore> {
    let bar = output::working("reading the factors");
    let store = Store::open(&place.url).await?;
    let factors = FactorStore::open(&store, options).await;
    bar.finish_and_clear();
    Ok(factors?)
}

/// Today, where no day was asked for.
fn today() -> chrono::NaiveDate {
    chrono::Utc::now().date_naive()
}
