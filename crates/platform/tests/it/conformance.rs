//! The promises of a store, on the two that need no server, set up in every way there is.

use std::collections::BTreeSet;
use std::sync::Arc;

use platform::clock::SystemClock;
use platform::store::conformance::{self, CHECKS, Outcome, Settings};
use platform::store::{BucketState, LockMode, Memory, Store, Versioning};

/// What a bucket can be.
fn states() -> Vec<(&'static str, BucketState)> {
    let with = |versioning, object_lock, default_lock| {
        let mut state = BucketState::plain();
        (state.versioning, state.object_lock) = (versioning, object_lock);
        state.default_lock = default_lock;
        state
    };
    vec![
        ("plain", BucketState::plain()),
        ("versioned", with(Versioning::On, false, None)),
        ("locking", with(Versioning::On, true, None)),
        ("governed", with(Versioning::On, true, Some((LockMode::Governance, 2)))),
        ("compliant", with(Versioning::On, true, Some((LockMode::Compliance, 1)))),
    ]
}

/// Runs all checks and gives the names of those that were skipped.
async fn keeps_all(name: &str, store: &Store) -> BTreeSet<&'static str> {
    let mut settings = Settings::default();
    // More than a directory takes at once.
    settings.large_bytes = 5 * 1024 * 1024 + 1;
    if name == "governed" || name == "compliant" {
        // Listings do not depend on it, and every write waits for the disk.
        settings.many = 50;
        settings.race_keys = 5;
    }
    let mut skipped = BTreeSet::new();
    for check in CHECKS {
        let outcome = check.run(&store.at("scratch"), &settings).await;
        match outcome {
            Outcome::Kept => {}
            Outcome::Skipped(_) => drop(skipped.insert(check.name)),
            Outcome::Failed(why) => panic!("{name}: {}: {why}", check.name),
        }
    }
    skipped
}

/// What cannot be asked of a bucket, and nothing else.
fn skips(name: &str, checksum: bool) -> BTreeSet<&'static str> {
    let locks = ["governance", "compliance", "legal-hold", "past-lock", "lock-hides-nothing"];
    let mut skips: BTreeSet<&str> = match name {
        "plain" => {
            ["versions", "delete-markers", "default-lock"].into_iter().chain(locks).collect()
        }
        "versioned" => ["one-state", "default-lock"].into_iter().chain(locks).collect(),
        "locking" => ["one-state", "default-lock", "no-lock"].into(),
        _ => ["one-state", "delete-markers", "no-lock"].into(),
    };
    if !checksum {
        skips.insert("checksum");
    }
    skips
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn memory_keeps_every_promise() {
    for (name, state) in states() {
        let memory = Memory::new(state, Arc::new(SystemClock)).unwrap();
        let skipped = keeps_all(name, &Store::new(Arc::new(memory), "")).await;
        assert_eq!(skipped, skips(name, true), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_directory_keeps_every_promise() {
    for (name, state) in states() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::configure_local(folder.path(), &state).unwrap();
        let skipped = keeps_all(name, &store).await;
        assert_eq!(skipped, skips(name, name != "plain"), "{name}");
    }
}

#[tokio::test]
async fn what_checks_leave_behind_can_be_removed() {
    let folder = tempfile::tempdir().unwrap();
    for (name, state) in states().into_iter().take(4) {
        let memory = Memory::new(state.clone(), Arc::new(SystemClock)).unwrap();
        let local = Store::configure_local(folder.path().join(name), &state).unwrap();
        for store in [Store::new(Arc::new(memory), ""), local] {
            let scratch = store.at("scratch");
            let mut settings = Settings::default();
            (settings.many, settings.race_keys, settings.large_bytes) = (20, 2, 100_000);
            for check in CHECKS.iter().filter(|check| check.live) {
                check.run(&scratch, &settings).await;
            }
            assert_eq!(conformance::clean(&scratch).await.unwrap(), 0, "{name}");
            assert_eq!(store.list_versions("", None).await.unwrap().entries, []);
        }
        // Nor is an empty folder left where people look.
        let root = std::fs::read_dir(folder.path().join(name)).unwrap();
        let names: Vec<_> = root.map(|it| it.unwrap().file_name()).collect();
        assert_eq!(names, [".strongroom"]);
    }
}
