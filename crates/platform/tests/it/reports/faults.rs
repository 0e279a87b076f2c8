//! A process dies at any of its writes; the same call afterwards gives the same end.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use platform::ledger::{Filter, records};
use platform::reports::{Query, Reports};
use platform::store::fault::{Fault, Faulty};
use storage_core::reports::{ReportType, State};
use storage_core::retention::Trigger;

use super::flows::tick;
use super::*;

/// What is left in the end: the keys, what protects them, how often each act is in the ledger, and
/// what has become of the report. Which version the store gave to what does not matter.
#[derive(Debug, PartialEq)]
pub(super) struct End {
    pub(super) objects: Vec<(String, String)>,
    acts: BTreeMap<String, u32>,
    pub(super) manifest: String,
    status: String,
}

pub(super) async fn end(store: &Store, reports: &Reports, state: &State, clock: &SetClock) -> End {
    let mut objects = world(&store.at("reports")).await;
    for (_, text) in &mut objects {
        // The protection alone: bodies tell versions.
        text.truncate(text.find(['{', '%', 'a']).map_or(text.len(), |at| at.min(80)));
    }
    let mut acts = BTreeMap::new();
    let filter = Filter::default();
    let counted = records(reports.ledger().store(), &filter, |_, line| {
        let read: serde_json::Value = serde_json::from_slice(line).unwrap();
        let act = read["event_type"].as_str().unwrap().to_owned();
        if act.starts_with("report.") || act.starts_with("disposal.") {
            *acts.entry(act).or_insert(0) += 1;
        }
        ControlFlow::Continue(())
    });
    counted.await.unwrap();
    let mut manifest = state.manifest.clone();
    manifest.files.iter_mut().chain(&mut manifest.metadata).for_each(|it| it.version = None);
    let status = state.status(platform::clock::Clock::now(clock)).to_string();
    End { objects, acts, manifest: format!("{manifest:?} {:?}", state.retention), status }
}

/// Makes `flow` die at each of its writes, and holds what comes of doing it again against what comes
/// of doing it once.
async fn dies_anywhere<B, F>(prepare: B, flow: F) -> u64
where
    B: AsyncFn(&Reports, &SetClock),
    F: AsyncFn(&Reports) -> platform::reports::Result<State>,
{
    let expected = {
        let (store, clock) = locking();
        let reports = open(&store, &clock).await;
        prepare(&reports, &clock).await;
        let state = flow(&reports).await.unwrap();
        end(&store, &reports, &state, &clock).await
    };
    let mut number = 0;
    loop {
        for fault in [Fault::Lost, Fault::Kept] {
            let (store, clock) = locking();
            prepare(&open(&store, &clock).await, &clock).await;
            // As it is seen by a process that dies.
            let faulty =
                Arc::new(Faulty::dies_at_write(store.backend().clone(), number, fault.clone()));
            let seen = Store::new(faulty.clone(), "");
            let mut options = ledger::Options::default();
            options.clock = clock.clone();
            options.retry = platform::numbered::Retry::NEVER;
            let died = async {
                let ledger = Ledger::open(&seen.at("ledger"), options).await.ok()?;
                let reports = Reports::open(&seen.at("reports"), ledger, super::options(&clock))
                    .await
                    .ok()?;
                flow(&reports).await.ok()
            };
            let came_through = died.await.is_some();
            if faulty.met() == 0 {
                assert!(came_through);
                return number;
            }
            let reports = open(&store, &clock).await;
            let state = flow(&reports).await.unwrap_or_else(|error| {
                panic!("write {number} {fault:?}: {error}: {:?}", std::error::Error::source(&error))
            });
            let there = end(&store, &reports, &state, &clock).await;
            assert_eq!(there, expected, "write {number}, {fault:?}");
        }
        number += 1;
    }
}

#[tokio::test]
async fn archiving_dies_at_any_write() {
    let flow = async |reports: &Reports| {
        let request = request("acme").with_key("k");
        Ok(reports.archive(request).await?.state)
    };
    let writes = dies_anywhere(async |_, _| {}, flow).await;
    assert!(writes > 10, "{writes} writes are not those of an archive");
}

#[tokio::test]
async fn a_date_that_becomes_known_dies_at_any_write() {
    let archived = async |reports: &Reports| {
        let request = Archive::new(ReportType::Cbam, "acme".parse().unwrap())
            .of_period("2026".parse().unwrap())
            .with_file(file("d.xml", "application/xml", "<x/>"))
            .under("FI".parse().unwrap())
            .with_key("k");
        Ok::<_, platform::reports::Error>(reports.archive(request).await?.state)
    };
    let prepare = async |reports: &Reports, clock: &SetClock| {
        archived(reports).await.unwrap();
        clock.set(at("2027-09-29T08:00:00Z"));
    };
    let flow = async |reports: &Reports| {
        let report = archived(reports).await?.manifest.report;
        let on = "2027-09-28".parse().unwrap();
        // Said a second time, it is the same date.
        let trigger = Trigger::DeclarationSubmitted;
        let state = reports.state(&report).await?;
        match state.retention.waits_for().is_empty() {
            true => Ok(state),
            false => reports.set_trigger(&report, trigger, on, "receipt 17").await,
        }
    };
    assert!(dies_anywhere(prepare, flow).await > 5);
}

#[tokio::test]
async fn destruction_dies_at_any_write() {
    let prepare = async |reports: &Reports, clock: &SetClock| {
        let made = reports.archive(request("acme").with_key("k")).await.unwrap();
        let until = made.state.retention.until().unwrap().moment().unwrap();
        tick(reports, clock, &until.to_rfc3339()).await;
    };
    let flow = async |reports: &Reports| {
        let all = reports.find_all(&Query::default()).await?;
        let report = all[0].report.clone();
        if reports.state(&report).await?.disposed.is_none() {
            let list = reports.eligible(&Query::default()).await?;
            let digest = reports.approve(&list, "ben").await?;
            reports.destroy(&digest).await?.remove(0).outcome?;
        }
        reports.check_certificate(&report, &[]).await?;
        reports.state(&report).await
    };
    assert!(dies_anywhere(prepare, flow).await > 12);
}
