//! The ledger for services without Tokio: calls that wait.
//!
//! The ledger's tasks run on threads of their own. Any number of threads may call at once; their events
//! go into one segment.
//!
//! ```
//! use audit_chain::json::Value;
//! use audit_chain::record::Event;
//! use platform::ledger::Options;
//! use platform::ledger::blocking::Ledger;
//!
//! let folder = tempfile::tempdir()?;
//! let ledger = Ledger::open(&format!("file://{}/log", folder.path().display()), Options::default())?;
//! let event = Event::new("report.read", "alice", "report/1", "read", Value::Null);
//! let first = ledger.append(event.clone())?;
//! assert_eq!(first.seq, 0);
//!
//! // Many on their way, without a thread for each.
//! let pending = (0..100).map(|_| ledger.submit(event.clone())).collect::<Result<Vec<_>, _>>()?;
//! let receipts = pending.into_iter().map(|it| it.wait()).collect::<Result<Vec<_>, _>>()?;
//! assert_eq!(receipts[99].seq, 100);
//!
//! // Threads share it.
//! std::thread::scope(|scope| {
//!     for _ in 0..4 {
//!         scope.spawn(|| ledger.append(event.clone()).expect("a directory takes it"));
//!     }
//! });
//! assert_eq!(ledger.head().size, 105);
//! ledger.close()?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use audit_chain::checkpoint::Checkpoint;
use audit_chain::note::Signer;
use audit_chain::record::{Event, Head};
use tokio::runtime::{Builder, Handle, Runtime};

use super::{Error, LogDocument, Options, Receipt, Result};
use crate::store::Store;

/// Threads for the ledger's tasks: one commits, one seals.
const THREADS: usize = 2;

/// A log that can be written, by calls that wait. See [the module](self) and [`super::Ledger`].
///
/// No call may come from within a Tokio runtime, where it would stop others: there the answer is
/// [`Error::OptionsInvalid`]. Dropped, it is closed, and nobody hears of an error: call
/// [`close`](Self::close).
#[derive(Debug)]
pub struct Ledger {
    ledger: super::Ledger,
    /// Gone when it is dropped.
    runtime: Option<Runtime>,
}

/// An event on its way.
#[must_use = "whether the event was recorded is said by `wait`"]
pub struct Pending<'l> {
    ledger: &'l Ledger,
    answer: futures_util::future::BoxFuture<'static, Result<Receipt>>,
}

impl std::fmt::Debug for Pending<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending").finish_non_exhaustive()
    }
}

impl Pending<'_> {
    /// Waits until the record is stored.
    ///
    /// # Errors
    ///
    /// As [`super::Ledger::append`].
    pub fn wait(self) -> Result<Receipt> {
        self.ledger.wait(self.answer)
    }
}

impl Ledger {
    /// Opens the log at a URL, as [`Store::open`] reads it, or begins one where none is.
    ///
    /// # Errors
    ///
    /// As [`super::Ledger::open`]; [`Error::Store`] if the URL names no store.
    pub fn open(url: &str, options: Options) -> Result<Self> {
        Self::start(async {
            let store = Store::open(url).await.map_err(Error::store("open the store"))?;
            super::Ledger::open(&store, options).await
        })
    }

    /// Opens the log at a store.
    ///
    /// # Errors
    ///
    /// As [`super::Ledger::open`].
    pub fn open_at(store: &Store, options: Options) -> Result<Self> {
        Self::start(super::Ledger::open(store, options))
    }

    fn start(open: impl Future<Output = Result<super::Ledger>>) -> Result<Self> {
        outside()?;
        let runtime = Builder::new_multi_thread().worker_threads(THREADS).enable_all().build();
        let runtime = runtime.map_err(|error| Error::OptionsInvalid {
            reason: format!("no threads can be started for the ledger: {error}"),
        })?;
        Ok(Self { ledger: runtime.block_on(open)?, runtime: Some(runtime) })
    }

    /// Appends an event, and waits until its record is stored.
    ///
    /// # Errors
    ///
    /// As [`super::Ledger::append`].
    pub fn append(&self, event: Event) -> Result<Receipt> {
        self.wait(self.ledger.append(event))
    }

    /// Appends an event about `subject`, for whom it is sealed.
    ///
    /// # Errors
    ///
    /// As [`super::Ledger::append_for`].
    pub fn append_for(&self, event: Event, subject: &str) -> Result<Receipt> {
        self.wait(self.ledger.append_for(event, subject))
    }

    /// Appends events, and waits until all are stored.
    ///
    /// # Errors
    ///
    /// As [`super::Ledger::append_all`].
    pub fn append_all(&self, events: Vec<Event>) -> Result<Vec<Receipt>> {
        self.wait(self.ledger.append_all(events))
    }

    /// Queues an event, waiting for room if there is none, and goes on.
    ///
    /// # Errors
    ///
    /// As [`super::Ledger::submit`].
    pub fn submit(&self, event: Event) -> Result<Pending<'_>> {
        let answer = Box::pin(self.wait(self.ledger.submit(event))?);
        Ok(Pending { ledger: self, answer })
    }

    /// Writes a checkpoint over everything that was acknowledged before, now.
    ///
    /// # Errors
    ///
    /// As [`super::Ledger::checkpoint`].
    pub fn checkpoint(&self) -> Result<Option<Checkpoint>> {
        self.wait(self.ledger.checkpoint())
    }

    /// Lets another key sign from here on.
    ///
    /// # Errors
    ///
    /// As [`super::Ledger::rotate_key`].
    pub fn rotate_key(&self, signer: Signer) -> Result<Receipt> {
        self.wait(self.ledger.rotate_key(signer))
    }

    /// Where the log ends, as far as this writer has seen it.
    pub fn head(&self) -> Head {
        self.ledger.head()
    }

    /// The document of the log.
    pub fn document(&self) -> &LogDocument {
        self.ledger.document()
    }

    /// Stores what is queued, writes a last checkpoint if there is a key, and waits for all of it.
    ///
    /// # Errors
    ///
    /// As [`super::Ledger::close`].
    pub fn close(&self) -> Result<()> {
        self.wait(self.ledger.close())
    }

    fn wait<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        outside()?;
        self.runtime.as_ref().ok_or(Error::Closed)?.block_on(work)
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        // A second time nothing happens. Within a runtime nobody may wait, so that what is on its way
        // is left to its luck there.
        let _ = self.close();
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Refuses to block a thread of somebody's runtime.
fn outside() -> Result<()> {
    match Handle::try_current() {
        Err(_) => Ok(()),
        Ok(_) => Err(Error::OptionsInvalid {
            reason: "the blocking ledger is used within a Tokio runtime; use `ledger::Ledger`"
                .into(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn within_a_runtime_it_is_refused_and_does_not_panic() {
        let ledger = Ledger::open_at(&Store::memory(), Options::default()).expect("it opens");
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            assert_eq!(ledger.checkpoint().map_err(|it| it.code()), Err("ledger.options_invalid"));
            let error = Ledger::open("memory://", Options::default()).map_err(|it| it.code());
            assert_eq!(error.err(), Some("ledger.options_invalid"));
            drop(ledger);
        });
    }
}
