//! Numbers of requests that a store gives out.

use std::collections::BTreeSet;
use std::sync::Arc;

use contract_core::ids::RequestId;
use platform::contracts::{IdRegistry as _, StoreIds};
use platform::store::fault::{Fault, Faulty};
use platform::store::{Conditions, Put, Store};
use platform::{Error, Kind};

use super::weak::{self, Weakness};

fn ids(first: &str, store: &Store) -> StoreIds {
    StoreIds::new(first.parse().unwrap(), store.clone(), Conditions::Atomic)
}

/// Sixteen takers at once, on threads of their own; the numbers in order.
fn sixteen(take: impl Fn(usize) -> RequestId + Sync) -> Vec<String> {
    let take = &take;
    let mut taken: Vec<String> = std::thread::scope(|scope| {
        let takers: Vec<_> = (0..16).map(|taker| scope.spawn(move || take(taker))).collect();
        takers.into_iter().map(|it| it.join().unwrap().to_string()).collect()
    });
    taken.sort();
    taken
}

#[test]
fn sixteen_takers_get_sixteen_numbers() {
    let folder = tempfile::tempdir().unwrap();
    for (name, store) in [("memory", Store::memory()), ("local", Store::local(folder.path()))] {
        let taken =
            sixteen(|taker| ids("S3-0042", &store).take(format!("{taker}").as_bytes()).unwrap());
        let want: Vec<String> = (42..58).map(|number| format!("S3-{number:04}")).collect();
        assert_eq!(taken, want, "{name}");
    }
}

#[test]
fn sixteen_takers_get_sixteen_numbers_where_conditions_cannot_be_trusted() {
    for weakness in [Weakness::Ignores, Weakness::LetsRacersWin] {
        let store = weak::store(weakness);
        let taken = sixteen(|taker| {
            let first = "S3-0001".parse().unwrap();
            let ids = StoreIds::new(first, store.clone(), Conditions::OldestVersion);
            ids.take(format!("{taker}").as_bytes()).unwrap()
        });
        assert_eq!(taken.iter().collect::<BTreeSet<_>>().len(), 16, "{weakness:?}: {taken:?}");
    }
}

#[test]
fn the_same_request_gets_its_number_back() {
    let store = Store::memory();
    let first = ids("S3-0001", &store).take(b"payments-api uploads").unwrap();
    let other = ids("S3-0001", &store).take(b"search logs").unwrap();
    assert_eq!((first.to_string(), other.to_string()), ("S3-0001".into(), "S3-0002".into()));
    // Also from a working copy that has come further.
    assert_eq!(ids("S3-0500", &store).take(b"payments-api uploads").unwrap(), first);
    assert_eq!(ids("S3-0500", &store).take(b"third").unwrap().to_string(), "S3-0500");
    assert_eq!(ids("S3-0001", &store).take(b"fourth").unwrap().to_string(), "S3-0501");
}

#[test]
fn many_who_ask_for_one_request_get_one_number() {
    let store = Store::memory();
    let taken = sixteen(|_| ids("S3-0001", &store).take(b"one request").unwrap());
    assert_eq!(taken.iter().collect::<BTreeSet<_>>().len(), 1, "{taken:?}");
    // The next one is not one of those that were skipped.
    let next = ids("S3-0001", &store).take(b"another").unwrap().to_string();
    assert!(!taken.contains(&next), "{next} was given out twice");
}

#[test]
fn wherever_a_taker_dies_the_next_one_gets_its_number() {
    for fault in [Fault::Lost, Fault::Kept] {
        for write in 0..2 {
            let calm = Store::memory();
            let faulty = Faulty::dies_at_write(calm.backend().clone(), write, fault.clone());
            let dead = Store::new(Arc::new(faulty), "");
            let ids_of_the_dead =
                StoreIds::new("S3-0007".parse().unwrap(), dead, Conditions::Atomic).impatient();
            let error = ids_of_the_dead.take(b"request").unwrap_err();
            assert!(matches!(error, Error::Registry { .. }), "{error}");
            assert_eq!(error.kind(), Kind::Unavailable);
            let taken = ids("S3-0007", &calm).take(b"request").unwrap();
            assert_eq!(taken.to_string(), "S3-0007", "{fault:?} at {write}");
            let next = ids("S3-0007", &calm).take(b"next").unwrap();
            assert_eq!(next.to_string(), "S3-0008", "{fault:?} at {write}");
        }
    }
}

#[test]
fn numbers_end_and_say_so() {
    let store = Store::memory();
    assert_eq!(ids("S3-9999", &store).take(b"last").unwrap().to_string(), "S3-9999");
    let error = ids("S3-0001", &store).take(b"one more").unwrap_err();
    assert_eq!(error.code(), "platform.ids");
}

#[tokio::test]
async fn a_foreign_object_stops_it_and_is_not_mended() {
    let store = Store::memory();
    store.put("number/00000000000000000003", "not ours", &Put::default()).await.unwrap();
    // It can be called from a thread that runs tasks, too.
    let error = ids("S3-0001", &store).take(b"request").unwrap_err();
    assert_eq!((error.code(), error.kind()), ("platform.registry", Kind::Invalid));
}
