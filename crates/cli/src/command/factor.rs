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

use std::ops::Deref;
use std::sync::Arc;

use platform::factors::{FactorStore, Options};
use platform::ledger::{self, Ledger};
use platform::store::Store;

use super::audit::{key_file, runtime};
use crate::args::{Factor, Place, Writer};
use crate::output;
use crate::status::{Error, Result, Status};

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
fn options(place: &Place, writer: Option<&Writer>) -> Options {
    let mut options = Options::new(writer.map_or("strongroom", |it| &it.actor));
    options.create = writer.is_some();
    options.cache = place.cache.clone();
    options
}

/// Factors that are open, and the log that hears of what is done to them.
struct Opened {
    factors: FactorStore,
    ledger: Option<Ledger>,
}

impl Opened {
    /// Seals the log.
    async fn close(&self) -> Result<()> {
        match &self.ledger {
            Some(ledger) => ledger.close().await.map_err(Error::from),
            None => Ok(()),
        }
    }
}

impl Deref for Opened {
    type Target = FactorStore;

    fn deref(&self) -> &FactorStore {
        &self.factors
    }
}

/// Opens the factors that were named; with a writer, begins there if nothing is.
async fn open(place: &Place, writer: Option<&Writer>) -> Result<Opened> {
    open_as(place, writer, writer.is_some()).await
}

/// The same, and begins there only if that is wanted.
async fn open_as(place: &Place, writer: Option<&Writer>, create: bool) -> Result<Opened> {
    let mut options = options(place, writer);
    options.create = create;
    if let Some(writer) = writer
        && let Some(url) = &writer.ledger
    {
        let mut how = ledger::Options::default();
        if let Some(path) = &writer.signer {
            how.signer = Some(Arc::new(key_file::signer(path)?));
        }
        options.ledger = Some(Ledger::open(&Store::open(url).await?, how).await?);
    }
    let ledger = options.ledger.clone();
    let bar = output::working("reading the factors");
    let store = Store::open(&place.url).await?;
    let factors = FactorStore::open(&store, options).await;
    bar.finish_and_clear();
    Ok(Opened { factors: factors?, ledger })
}

/// Today, where no day was asked for.
fn today() -> chrono::NaiveDate {
    chrono::Utc::now().date_naive()
}
