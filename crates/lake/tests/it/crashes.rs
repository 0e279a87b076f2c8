//! Dying at every write there is.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use platform::store::Store;
use platform::store::fault::{Fault, Faulty};

/// Everything in a store that does not depend on who ran and when.
pub(crate) async fn contents(store: &Store) -> BTreeMap<String, Bytes> {
    let keys: Vec<_> = store.list_all("", None).try_collect().await.unwrap();
    let mut contents = BTreeMap::new();
    for listed in keys {
        let key = listed.key.as_str().to_owned();
        // A run that died before its commit is rubbish, which is cleaned away after a day.
        if key.contains("/staging/") {
            continue;
        }
        let body = store.get(&key).await.unwrap().body;
        // A commit names its run.
        let body = if key.contains("/commits/") { Bytes::new() } else { body };
        contents.insert(key, body);
    }
    contents
}

/// Does `everything` in a store that is `ready`, dying at one of its writes, which is lost or kept, then does
/// it again: in the end the store holds what it holds without a crash. Gives that, and how often it died.
pub(crate) async fn at_every_write<E: Debug>(
    ready: impl AsyncFn() -> Store,
    everything: impl AsyncFn(&Store) -> Result<(), E>,
) -> (BTreeMap<String, Bytes>, usize) {
    let calm = ready().await;
    everything(&calm).await.unwrap();
    let wanted = contents(&calm).await;
    let mut crashes = 0;
    for fault in [Fault::Lost, Fault::Kept] {
        for write in 0.. {
            let store = ready().await;
            let backend = store.backend().clone();
            let faulty = Arc::new(Faulty::dies_at_write(backend, write, fault.clone()));
            let died = everything(&Store::new(faulty.clone(), "")).await;
            if faulty.met() == 0 {
                break;
            }
            crashes += 1;
            assert!(died.is_err(), "write {write} of {fault:?}");
            everything(&store).await.unwrap();
            assert_eq!(contents(&store).await, wanted, "write {write} of {fault:?}");
        }
    }
    (wanted, crashes)
}
