//! Somebody with all rights on the bucket tries to be rid of a report.

use platform::reports::Reports;
use platform::store::{Local, Lock, Put, StoreErrorKind};
use storage_core::reports::{ReportType, TenantId};

use super::*;

/// Everything that can be tried; the report is there as it was.
async fn survives(reports: &Reports, store: &Store) {
    let made = reports.archive(request("acme")).await.unwrap();
    reports.hold(&made.report, "case", "a letter").await.unwrap();
    reports.release(&made.report, "case", "settled").await.unwrap();
    let before = reports.state(&made.report).await.unwrap();
    let until = before.retention.until().unwrap().moment().unwrap();
    let all: Vec<_> = store.versions_all(&made.report.prefix()).try_collect().await.unwrap();
    assert_eq!(all.len(), 7, "{all:?}");
    for it in &all {
        let key = it.key.as_str();
        for bypass in [false, true] {
            let error = store.delete_version(key, &it.version, bypass).await.unwrap_err();
            assert_eq!(error.kind, StoreErrorKind::Protected, "{key}");
            let earlier =
                Lock { mode: LockMode::Compliance, until: until - chrono::TimeDelta::days(1) };
            let error = store.retain(key, Some(&it.version), earlier, bypass).await.unwrap_err();
            assert_eq!(error.kind, StoreErrorKind::Protected, "{key} is not shortened");
            let weaker = Lock { mode: LockMode::Governance, until };
            assert!(store.retain(key, Some(&it.version), weaker, bypass).await.is_err(), "{key}");
        }
        store.put(key, "something else", &Put::default()).await.unwrap();
        store.delete(key).await.unwrap();
    }
    let state = reports.state(&made.report).await.unwrap();
    assert_eq!(state, before);
    for (name, body) in [("report.pdf", "%PDF-1.7 figures"), ("figures.csv", "a,b\n1,2\n")] {
        assert_eq!(reports.read(&state, name).await.unwrap(), body.as_bytes());
    }
    let tenant: TenantId = "acme".parse().unwrap();
    let got = reports.get(ReportType::Custom, &tenant, &made.report.id).await.unwrap();
    assert_eq!(got, state);
    let listed = reports.list(&platform::reports::Query::of(tenant), None, 10).await.unwrap();
    assert_eq!(listed.entries, std::slice::from_ref(&made.report));
    // It can still be protected for longer, and checked.
    let later = at("2050-01-01T00:00:00Z");
    reports.extend(&made.report, later, "after all that").await.unwrap();
    let fixity = reports.verify(&made.report).await.unwrap();
    assert!(fixity.is_intact(), "{fixity:?}");
}

#[tokio::test]
async fn a_report_survives_in_memory() {
    let (reports, store, _) = archive().await;
    survives(&reports, &store.at("reports")).await;
}

#[tokio::test]
async fn a_report_survives_in_a_directory() {
    let folder = tempfile::tempdir().unwrap();
    let mut state = BucketState::plain();
    state.versioning = Versioning::On;
    state.object_lock = true;
    Store::configure_local(folder.path(), &state).unwrap();
    let clock = Arc::new(SetClock::at(at(START)));
    let store = Store::new(Arc::new(Local::new(folder.path(), clock.clone())), "");
    let reports = open(&store, &clock).await;
    survives(&reports, &store.at("reports")).await;
}

#[tokio::test]
async fn a_clock_ten_years_ahead_frees_nothing() {
    let (reports, _, clock) = archive().await;
    let made = reports.archive(request("acme")).await.unwrap();
    clock.set(at("2036-03-01T12:00:00Z"));
    // Nobody vouches for that time.
    let error = reports.eligible(&platform::reports::Query::default()).await.unwrap_err();
    assert_eq!(error.code(), "retention.clock");
    assert_eq!(reports.state(&made.report).await.unwrap().disposed, None);
}

#[tokio::test]
async fn a_lock_that_the_rules_do_not_know_is_no_act_half_done() {
    let (reports, store, clock) = archive().await;
    let made = reports.archive(request("acme")).await.unwrap();
    let key = format!("{}/report.pdf", made.report);
    let beyond = Lock { mode: LockMode::Compliance, until: at("2090-01-01T00:00:00Z") };
    store.at("reports").retain(&key, None, beyond, false).await.unwrap();
    let until = made.state.retention.until().unwrap().moment().unwrap();
    super::flows::tick(&reports, &clock, &until.to_rfc3339()).await;
    let list = reports.eligible(&platform::reports::Query::default()).await.unwrap();
    let digest = reports.approve(&list, "ben").await.unwrap();
    let outcome = reports.destroy(&digest).await.unwrap().remove(0).outcome.unwrap_err();
    assert_eq!((outcome.code(), outcome.exit_status()), ("reports.protected", 5));
    let state = reports.state(&made.report).await.unwrap();
    assert!(state.there().is_ok());
    assert_eq!(reports.read(&state, "figures.csv").await.unwrap(), b"a,b\n1,2\n");
}

#[tokio::test]
async fn acts_that_are_exchanged_or_taken_away_are_noticed() {
    let clock = Arc::new(SetClock::at(at(START)));
    for deed in ["exchange", "remove the last but one", "remove the manifest", "remove the first"] {
        // Where nothing is locked, everything can be done, but not unnoticed.
        let store =
            Store::new(Arc::new(Memory::new(BucketState::plain(), clock.clone()).unwrap()), "");
        let ledger = ledger(&store, &clock).await;
        let mut options = options(&clock);
        options.protection = platform::reports::Protection::RulesAlone;
        let reports = Reports::open(&store.at("reports"), ledger, options).await.unwrap();
        let made = reports.archive(request("acme")).await.unwrap();
        reports.hold(&made.report, "one", "x").await.unwrap();
        reports.hold(&made.report, "two", "x").await.unwrap();
        let place = store.at("reports");
        match deed {
            "exchange" => {
                let key = made.report.event(1);
                let body = place.get(&key).await.unwrap().body;
                let body = String::from_utf8(body.to_vec()).unwrap().replace("\"one\"", "\"own\"");
                place.put(&key, body, &Put::default()).await.unwrap();
            }
            "remove the manifest" => drop(place.delete(made.report.manifest()).await.unwrap()),
            "remove the first" => drop(place.delete(made.report.event(0)).await.unwrap()),
            _ => drop(place.delete(made.report.event(1)).await.unwrap()),
        }
        let error = reports.state(&made.report).await.unwrap_err();
        assert_eq!((error.code(), error.exit_status()), ("reports.altered", 7), "{deed}");
    }
}
