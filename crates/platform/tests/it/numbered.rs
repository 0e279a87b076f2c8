//! Numbers are given out once, whatever the store answers.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use platform::numbered::{Numbered, NumberedError, Outcome, Retry, Stored};
use platform::store::fault::{Act, Fault, Faulty};
use platform::store::{Conditions, Put, Store};

use super::weak::{self, Weakness};

const QUICK: Retry =
    Retry { times: 6, first: Duration::from_millis(1), longest: Duration::from_millis(4) };

fn numbered(store: Store, conditions: Conditions) -> Numbered {
    Numbered::new(store, "n/", conditions).with_retry(QUICK)
}

async fn put(numbers: &Numbered, number: u64, body: &str) -> Result<Outcome, NumberedError> {
    let nonce = body.as_bytes()[..2].to_vec();
    let body = Bytes::copy_from_slice(body.as_bytes());
    numbers.put(number, body, |there| there.starts_with(&nonce), &Put::default()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_writers_one_wins_each_number_and_the_others_read_its_body() {
    let stores = [
        (Store::memory(), Conditions::Atomic),
        (weak::store(Weakness::Ignores), Conditions::OldestVersion),
        (weak::store(Weakness::LetsRacersWin), Conditions::OldestVersion),
    ];
    for (store, conditions) in stores {
        for number in 0..20 {
            let racers = (10..26).map(|racer| {
                let numbers = numbered(store.clone(), conditions);
                tokio::spawn(async move {
                    let body = format!("{racer} writes");
                    (body.clone(), put(&numbers, number, &body).await.unwrap())
                })
            });
            let mut winners = BTreeSet::new();
            let mut seen = BTreeSet::new();
            for racer in racers.collect::<Vec<_>>() {
                match racer.await.unwrap() {
                    (body, Outcome::Won { .. }) => winners.insert(Bytes::from(body)),
                    (_, Outcome::Lost { body, .. }) => seen.insert(body),
                };
            }
            assert_eq!(winners.len(), 1, "{conditions:?}");
            assert_eq!(winners, seen, "{conditions:?}");
            let there = numbered(store.clone(), conditions).get(number).await.unwrap().unwrap();
            assert!(winners.contains(&there.body), "{conditions:?}");
        }
    }
}

/// Every pair of faults, at every request of a write: the outcome is the one of the calm world.
#[tokio::test]
async fn a_write_finds_out_whether_it_won_whatever_answers_are_lost() {
    let worlds = [
        (Store::memory as fn() -> Store, Conditions::Atomic),
        (|| weak::store(Weakness::Ignores), Conditions::OldestVersion),
    ];
    for (world, conditions) in worlds {
        for taken in [false, true] {
            for (first, second) in (0..6).flat_map(|a| (a + 1..8).map(move |b| (a, b))) {
                for faults in pairs() {
                    let calm = world();
                    if taken {
                        put(&numbered(calm.clone(), conditions), 7, "theirs").await.unwrap();
                    }
                    let plan = faults.clone();
                    let faulty = Faulty::new(calm.backend().clone(), move |call| {
                        let at = [first, second].iter().position(|it| *it == call.number)?;
                        Some(plan[at].clone())
                    });
                    let numbers = numbered(Store::new(Arc::new(faulty), ""), conditions);
                    let won = match put(&numbers, 7, "ours").await.unwrap() {
                        Outcome::Won { .. } => true,
                        Outcome::Lost { body, .. } => {
                            assert_eq!(body, "theirs");
                            false
                        }
                    };
                    assert_eq!(won, !taken, "{conditions:?} {faults:?} at {first} and {second}");
                }
            }
        }
    }
}

fn pairs() -> Vec<[Fault; 2]> {
    let faults = [Fault::Lost, Fault::Kept, Fault::Busy];
    faults.iter().flat_map(|a| faults.iter().map(|b| [a.clone(), b.clone()])).collect()
}

#[tokio::test]
async fn an_error_says_whether_something_may_have_been_stored() {
    for (fault, stored) in
        [(Fault::Busy, Stored::No), (Fault::Lost, Stored::Unknown), (Fault::Kept, Stored::Unknown)]
    {
        // No read is answered either.
        let faulty = Faulty::new(Store::memory().backend().clone(), move |call| match call.act {
            Act::Put => Some(fault.clone()),
            _ => Some(Fault::Busy),
        });
        let numbers = numbered(Store::new(Arc::new(faulty), ""), Conditions::Atomic);
        let error = put(&numbers, 0, "ours").await.unwrap_err();
        assert_eq!(error.stored(), stored, "{error}");
        assert!(error.is_retryable());
    }
}

#[tokio::test]
async fn our_attempt_with_other_bytes_is_neither_won_nor_lost() {
    let store = Store::memory();
    let numbers = numbered(store.clone(), Conditions::Atomic);
    store.put("n/00000000000000000003", "ours, changed", &Put::default()).await.unwrap();
    let error = put(&numbers, 3, "ours").await.unwrap_err();
    assert_eq!(error.code(), "numbered.altered");
}

#[tokio::test]
async fn the_oldest_version_counts_though_a_delete_marker_hides_it() {
    let store = weak::store(Weakness::Ignores);
    let numbers = numbered(store.clone(), Conditions::OldestVersion);
    put(&numbers, 0, "first").await.unwrap();
    store.delete("n/00000000000000000000").await.unwrap();
    let lost = put(&numbers, 0, "second").await.unwrap();
    assert!(matches!(lost, Outcome::Lost { body, .. } if body == "first"));
    assert_eq!(numbers.get(0).await.unwrap().unwrap().body, "first");
    let plain = numbered(store, Conditions::Atomic);
    assert_eq!(plain.get(0).await.unwrap().unwrap().body, "second");
    assert_eq!(plain.get_oldest(0).await.unwrap().unwrap().body, "first");
}

#[tokio::test]
async fn the_last_number_is_found_from_any_hint() {
    let store = Store::memory();
    let numbers = numbered(store.clone(), Conditions::Atomic);
    assert_eq!(numbers.last(12).await.unwrap(), None);
    // Numbers with gaps, as those of segments are, over several pages; and a stranger.
    let taken: Vec<u64> = (0..3500).map(|it| it * 7).collect();
    for number in &taken {
        let key = format!("n/{number:020}");
        store.put(&key, "x", &Put::default()).await.unwrap();
    }
    store.put("n/stray", "x", &Put::default()).await.unwrap();
    for hint in [0, 1, 6999, 7000, 7001, 20_000, 24_493, 24_494, 1 << 40, u64::MAX] {
        assert_eq!(numbers.last(hint).await.unwrap(), Some(24_493), "from {hint}");
    }
    let listed: Vec<_> = numbers.list_from(8).map_ok(|it| it.number).try_collect().await.unwrap();
    assert_eq!(listed, taken[2..]);
    let top = u64::MAX;
    put(&numbers, top, "ours").await.unwrap();
    assert_eq!(numbers.last(0).await.unwrap(), Some(top));
}
