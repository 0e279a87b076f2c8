//! The log in which reports and artifacts record what is done to them.

use std::sync::Arc;

use audit_chain::note::Signer;
use platform::ledger::{Ledger, Options};
use platform::store::Store;
use pyo3::prelude::*;

use crate::audit;
use crate::error::Problem;

/// Where the log is, below the store, unless another one is named.
const BELOW: &str = "_strongroom/ledger";

/// The log that was named.
#[derive(FromPyObject)]
pub(crate) enum Log<'py> {
    Open(Bound<'py, audit::Ledger>),
    At(String),
}

/// The log that was named, without Python.
pub(crate) enum Named {
    Open(Ledger),
    At(String),
    Below,
}

/// A log, and whether it was opened for this and is closed with it.
pub(crate) struct Opened {
    pub(crate) ledger: Ledger,
    pub(crate) own: bool,
}

impl Named {
    pub(crate) fn of(log: Option<Log<'_>>) -> PyResult<Self> {
        Ok(match log {
            None => Self::Below,
            Some(Log::At(url)) => Self::At(url),
            Some(Log::Open(ledger)) => Self::Open(ledger.get().ledger()?.clone()),
        })
    }

    /// Opens it, or begins one if that is wanted.
    pub(crate) async fn open(
        self,
        store: &Store,
        create: bool,
        signer: Option<Arc<Signer>>,
        retries: Option<u32>,
    ) -> Result<Opened, Problem> {
        let place = match self {
            Self::Open(ledger) => return Ok(Opened { ledger, own: false }),
            Self::At(url) => Store::open(&url).await?,
            Self::Below => store.at(BELOW),
        };
        let mut options = Options::default();
        options.create = create;
        options.signer = signer;
        if let Some(times) = retries {
            options.retry.times = times;
        }
        Ok(Opened { ledger: Ledger::open(&place, options).await?, own: true })
    }
}
