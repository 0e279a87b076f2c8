//! The doctor comes to the right verdict about stores that are known.

use std::sync::Arc;

use chrono::TimeDelta;
use platform::clock::{SetClock, SystemClock};
use platform::store::doctor::{self, Diagnosis, Options, Outcome};
use platform::store::{BucketState, Conditions, Memory, Put, Store, StoreErrorKind, Versioning};

use super::weak::{self, Weakness};

async fn examine(store: &Store) -> Diagnosis {
    doctor::examine(store, &Options::default()).await.expect("the store answers")
}

fn outcome(diagnosis: &Diagnosis, name: &str) -> Outcome {
    diagnosis.checks.iter().find(|it| it.name == name).expect("it was asked").outcome
}

async fn holds_nothing(store: &Store) -> bool {
    store.list_versions("", None).await.expect("it lists").entries.is_empty()
}

#[tokio::test]
async fn a_store_without_faults_is_atomic_and_left_as_it_was() {
    let mut state = BucketState::plain();
    for versioning in [Versioning::Off, Versioning::On] {
        state.versioning = versioning;
        let memory = Memory::new(state.clone(), Arc::new(SystemClock)).expect("it can be so");
        let store = Store::new(Arc::new(memory), "ledger");
        let diagnosis = examine(&store).await;
        assert_eq!(diagnosis.conditions, Some(Conditions::Atomic), "{diagnosis:?}");
        assert_eq!(diagnosis.round_trips_per_append, Some(1));
        assert!(diagnosis.is_fit() && diagnosis.left_behind.is_none(), "{diagnosis:?}");
        assert!(holds_nothing(&store).await);
    }
    let folder = tempfile::tempdir().expect("there is room");
    let store = Store::local(folder.path());
    let conditions = doctor::probe_conditions(&store).await.expect("it answers");
    assert_eq!(conditions, Conditions::Atomic);
    assert!(holds_nothing(&store).await);
}

#[tokio::test]
async fn what_somebody_left_who_was_killed_is_removed_a_day_later() {
    let start = "2026-03-01T12:00:00Z".parse().expect("it is a moment");
    for versioning in [Versioning::Off, Versioning::On] {
        let mut state = BucketState::plain();
        state.versioning = versioning;
        let clock = Arc::new(SetClock::at(start));
        let memory = Memory::new(state, clock.clone()).expect("it can be so");
        let store = Store::new(Arc::new(memory), "ledger");
        let put = async |key: &str| {
            store.put(key, "x", &Put::default()).await.expect("it is written");
        };
        put(".doctor/0123456789abcdef/a").await;
        clock.set(start + TimeDelta::hours(23));
        put(".doctor/fedcba9876543210/a").await;
        put("mine").await;
        clock.set(start + TimeDelta::hours(25));
        doctor::probe_conditions(&store).await.expect("it answers");
        let left = store.list("", None, 10).await.expect("it lists").entries;
        let left: Vec<_> = left.iter().map(|it| it.key.as_str()).collect();
        assert_eq!(left, [".doctor/fedcba9876543210/a", "mine"], "somebody may be at it");
    }
}

#[tokio::test]
async fn where_conditions_fail_and_versions_are_kept_the_oldest_version_counts() {
    for weakness in [Weakness::Ignores, Weakness::LetsRacersWin] {
        let store = weak::store(weakness);
        let diagnosis = examine(&store).await;
        assert_eq!(diagnosis.conditions, Some(Conditions::OldestVersion), "{weakness:?}");
        assert_eq!(diagnosis.round_trips_per_append, Some(2));
        assert_eq!(outcome(&diagnosis, "racing-writers"), Outcome::Absent);
        assert_eq!(outcome(&diagnosis, "oldest-version"), Outcome::Kept);
        let sequential = outcome(&diagnosis, "conditions");
        // Writers one after the other do not show that racing ones all win.
        assert_eq!(sequential == Outcome::Kept, matches!(weakness, Weakness::LetsRacersWin));
        assert!(diagnosis.is_fit() && holds_nothing(&store).await);
    }
}

#[tokio::test]
async fn where_nothing_tells_who_was_first_no_ledger_can_be_kept() {
    for weakness in [Weakness::Ignores, Weakness::LetsRacersWin] {
        let store = weak::forgetful(weakness);
        let diagnosis = examine(&store).await;
        assert_eq!(diagnosis.conditions, None, "{weakness:?}");
        assert!(!diagnosis.is_fit());
        assert_eq!(outcome(&diagnosis, "racing-writers"), Outcome::Broken);
        let error = doctor::probe_conditions(&store).await.expect_err("it is not fit");
        assert_eq!(error.kind, StoreErrorKind::Invalid);
        assert!(error.reason.contains("no versions are kept"), "{error}");
    }
}
