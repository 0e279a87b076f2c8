//! Looking something up in the ledger, from any thread.

use std::ops::ControlFlow;

use tokio::runtime::Handle;

use crate::ledger::{Filter, ReadError, records};
use crate::store::Store;

/// What `fit` makes of the first record that fits `filter` and that it makes something of.
///
/// The ledger is read on a thread of its own: what reads it cannot be sent from one to another, and
/// whoever awaits an act may be moved.
pub(crate) async fn first_record<T: Send + 'static>(
    log: &Store,
    filter: Filter,
    mut fit: impl FnMut(&[u8]) -> Option<T> + Send + 'static,
) -> Result<Option<T>, ReadError> {
    let (log, handle) = (log.clone(), Handle::current());
    let looked = tokio::task::spawn_blocking(move || {
        handle.block_on(async {
            let mut found = None;
            let looked = records(&log, &filter, |_, line| {
                found = fit(line);
                if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            looked.await.map(|_| found)
        })
    });
    match looked.await {
        Ok(found) => found,
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        // The runtime ends, and this with it.
        Err(_) => std::future::pending().await,
    }
}
