//! The archive of reports: what it promises, on a store in memory.

mod attacks;
mod baseline;
mod faults;
mod flows;
mod found;
mod killed;
mod sealed;
mod stamped;

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt as _;
use platform::clock::SetClock;
use platform::ledger::{self, Ledger};
use platform::reports::{Archive, NewFile, Options, Protection, Reports};
use platform::store::{BucketState, Conditions, LockMode, Memory, Store, Versioning};
use storage_core::reports::ReportType;

pub(super) const START: &str = "2026-03-01T12:00:00Z";

pub(super) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// A bucket that can lock, and the clock it lives by.
pub(super) fn locking() -> (Store, Arc<SetClock>) {
    let clock = Arc::new(SetClock::at(at(START)));
    let mut state = BucketState::plain();
    state.versioning = Versioning::On;
    state.object_lock = true;
    (Store::new(Arc::new(Memory::new(state, clock.clone()).unwrap()), ""), clock)
}

pub(super) async fn ledger(store: &Store, clock: &Arc<SetClock>) -> Ledger {
    let mut options = ledger::Options::default();
    options.clock = clock.clone();
    options.conditions = Some(Conditions::Atomic);
    options.writer = Some("tests".to_owned());
    Ledger::open(&store.at("ledger"), options).await.unwrap()
}

pub(super) fn options(clock: &Arc<SetClock>) -> Options {
    let mut options = Options::new("ana");
    options.protection = Protection::Locked(LockMode::Compliance);
    options.clock = clock.clone();
    options.conditions = Some(Conditions::Atomic);
    options.retry = platform::numbered::Retry::NEVER;
    options
}

pub(super) async fn open(store: &Store, clock: &Arc<SetClock>) -> Reports {
    let ledger = ledger(store, clock).await;
    Reports::open(&store.at("reports"), ledger, options(clock)).await.unwrap()
}

/// An archive in memory that locks.
pub(super) async fn archive() -> (Reports, Store, Arc<SetClock>) {
    let (store, clock) = locking();
    let reports = open(&store, &clock).await;
    (reports, store, clock)
}

pub(super) fn file(name: &str, media_type: &str, body: &'static str) -> NewFile {
    NewFile::new(name.parse().unwrap(), media_type.parse().unwrap(), body)
}

/// A report of two files that is kept for a while, from its archiving on.
pub(super) fn request(tenant: &str) -> Archive {
    Archive::new(ReportType::Custom, tenant.parse().unwrap())
        .of_period("2026".parse().unwrap())
        .with_file(file("report.pdf", "application/pdf", "%PDF-1.7 figures"))
        .with_file(file("figures.csv", "text/csv", "a,b\n1,2\n"))
        .with_metadata(r#"{"z": 0.30000000000000004, "a": [1, {"b": null}], "big": 123456789012345678901234567890}"#)
}

/// Every object that is there, by key, with what it says.
pub(super) async fn world(store: &Store) -> Vec<(String, String)> {
    let listed: Vec<_> = store.list_all("", None).try_collect().await.unwrap();
    let mut world = Vec::new();
    for it in listed {
        let read = store.get(it.key.as_str()).await.unwrap();
        let text = String::from_utf8_lossy(&read.body).into_owned();
        let protection = format!("{:?} {}", read.object.lock, read.object.legal_hold);
        world.push((it.key.as_str().to_owned(), format!("{protection} {text}")));
    }
    world
}
