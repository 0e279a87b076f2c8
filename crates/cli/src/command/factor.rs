//! `factor`: emission factors, one file per subcommand.

mod import;
mod verify;

use platform::factors::{FactorStore, Options};
use platform::store::Store;

use super::audit::runtime;
use crate::args::{Factor, Place, Writer};
use crate::status::{Error, Result, Status};

pub(super) fn run(factor: Factor) -> Result<Status> {
    match factor {
        Factor::Import(it) => import::run(&it),
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

/// Opens the factors that were named; with a writer, begins there if nothing is.
async fn open(place: &Place, writer: Option<&Writer>) -> Result<FactorStore> {
    let store = Store::open(&place.url).await.map_err(Error::from)?;
    Ok(FactorStore::open(&store, options(place, writer)).await?)
}
