//! Events of `tracing` as records: what they say, what is passed over, and what becomes of too many.

use std::ops::ControlFlow;
use std::sync::Arc;

use metrics_exporter_prometheus::PrometheusBuilder;
use platform::ledger::{self, Filter, LayerOptions, Ledger, LedgerLayer};
use platform::store::Store;
use platform::store::fault::{Act, Fault, Faulty};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tracing::subscriber::{set_default, with_default};
use tracing::{Level, debug, field, info, info_span, warn};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry;

use super::logs::quick;

async fn recorded(store: &Store) -> Vec<Value> {
    let mut lines = Vec::new();
    let take = |_, line: &[u8]| {
        lines.push(serde_json::from_slice(line).unwrap());
        ControlFlow::Continue(())
    };
    ledger::records(store, &Filter::default(), take).await.unwrap();
    lines
}

/// What an event said, without what the ledger adds.
fn said(record: &Value) -> Value {
    let members = ["event_type", "actor", "resource", "action", "details"];
    members.into_iter().map(|it| (it.to_owned(), record[it].clone())).collect()
}

#[tokio::test]
async fn an_event_becomes_a_record_with_what_its_spans_say() {
    let store = Store::memory();
    let ledger = Ledger::open(&store, quick()).await.unwrap();
    let layer = LedgerLayer::new(ledger.clone(), LayerOptions::default()).unwrap();
    with_default(registry().with(layer.clone()), || {
        let _outer = info_span!("request", actor = "alice", action = "serve", secret = 1).entered();
        let inner = info_span!("read", resource = field::Empty, action = "read");
        inner.record("resource", field::display("report/1"));
        let _inner = inner.entered();
        info!(
            target: "audit::Report",
            rows = 12_u64, less = -3, share = 0.5, whole = true, odd = f64::NAN,
            huge = u128::MAX, list = ?[1, 2], "read {}", "it"
        );
        warn!(target: "audit", event_type = "User Login", actor = %"bob", level = "mine");
    });
    layer.flush().await;
    let records = recorded(&store).await;
    assert_eq!(records.len(), 2);
    let details = json!({
        "rows": 12, "less": -3, "share": 0.5, "whole": true, "odd": "NaN", "list": "[1, 2]",
        "huge": records[0]["details"]["huge"], "message": "read it", "level": "info",
        "target": "audit::Report",
    });
    let first = json!({
        "event_type": "audit.report", "actor": "alice", "resource": "report/1", "action": "read",
        "details": details,
    });
    assert_eq!(said(&records[0]), first);
    assert!(records[0]["details"]["huge"].is_number());
    let second = json!({
        "event_type": "user-login", "actor": "bob", "resource": "report/1", "action": "read",
        "details": {"event_type": "User Login", "level": "mine", "target": "audit"},
    });
    assert_eq!(said(&records[1]), second);
    assert_eq!(layer.dropped(), 0);
    ledger.close().await.unwrap();
}

#[tokio::test]
async fn target_and_level_say_what_is_recorded_and_defaults_what_is_not_said() {
    let store = Store::memory();
    let ledger = Ledger::open(&store, quick()).await.unwrap();
    let mut options = LayerOptions::default();
    (options.targets, options.level) = (vec!["a".to_owned(), "b::c".to_owned()], Level::INFO);
    (options.actor, options.resource) = ("service".to_owned(), "none".to_owned());
    let layer = LedgerLayer::new(ledger.clone(), options).unwrap();
    with_default(registry().with(layer.clone()), || {
        info!(target: "a", "1");
        info!(target: "b::c::d", "2");
        info!(target: "b", "no");
        info!(target: "ab", "no");
        debug!(target: "a", "no");
        // As the bridge from the `log` crate hands it over.
        info!(target: "log", { log.target = "a::e", log.line = 7 }, "3");
        info!(target: "log", { log.target = "hyper::client" }, "no");
    });
    layer.flush().await;
    let records = recorded(&store).await;
    let told: Vec<_> = records
        .iter()
        .map(|it| (it["event_type"].as_str().unwrap(), it["details"]["message"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("a", "1"), ("b.c.d", "2"), ("a.e", "3")]);
    let details = json!({"message": "3", "level": "info", "target": "a::e"});
    let third = json!({
        "event_type": "a.e", "actor": "service", "resource": "none", "action": "unknown",
        "details": details,
    });
    assert_eq!(said(&records[2]), third);
    ledger.close().await.unwrap();
}

/// One thread, so that the tasks of the ledger have the same subscriber as the test.
#[tokio::test]
async fn what_storing_a_record_causes_is_not_recorded() {
    let speaking = Store::memory().wrapped(|inner| {
        Arc::new(Faulty::new(inner, |call| {
            info!(target: "hyper::client", key = call.key, "a request");
            info!(target: "aws_smithy_runtime::client", "a request");
            info!(target: "platform::store", "a request");
            None
        }))
    });
    let ledger = Ledger::open(&speaking, quick()).await.unwrap();
    let mut options = LayerOptions::default();
    options.targets.clear();
    let layer = LedgerLayer::new(ledger.clone(), options).unwrap();
    let guard = set_default(registry().with(layer.clone()));
    info!(target: "anything", "to be recorded");
    for _ in 0..5 {
        layer.flush().await;
    }
    assert_eq!(ledger.head().size, 1);
    drop(guard);
    ledger.close().await.unwrap();
}

#[test]
fn too_many_events_are_dropped_and_counted_and_nobody_waits() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let told = recorder.handle();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let held = Arc::new(Semaphore::new(0));
            let plan = held.clone();
            let store = Store::memory();
            let slow = store.wrapped(|inner| {
                Arc::new(Faulty::new(inner, move |call| {
                    let segment = call.act == Act::Put && call.key.contains("seg/");
                    segment.then(|| Fault::RequestHeld(plan.clone()))
                }))
            });
            let ledger = Ledger::open(&slow, quick()).await.unwrap();
            let mut options = LayerOptions::default();
            options.on_the_way = 3;
            let layer = LedgerLayer::new(ledger.clone(), options).unwrap();
            with_default(registry().with(layer.clone()), || {
                for number in 0..10 {
                    info!(target: "audit", number);
                }
            });
            assert_eq!(layer.dropped(), 7);
            held.close();
            layer.flush().await;
            let numbers: Vec<_> =
                recorded(&store).await.iter().map(|it| it["details"]["number"].clone()).collect();
            assert_eq!(numbers, [0, 1, 2]);
            // There is room again; but a record has a greatest length.
            with_default(registry().with(layer.clone()), || {
                info!(target: "audit", long = "x".repeat(2 << 20));
                info!(target: "audit", number = 11);
            });
            layer.flush().await;
            assert_eq!((layer.dropped(), ledger.head().size), (8, 4));
            ledger.close().await.unwrap();
            with_default(registry().with(layer.clone()), || info!(target: "audit", "too late"));
            layer.flush().await;
            assert_eq!(layer.dropped(), 9);
        });
    });
    let told = told.render();
    for line in [
        "strongroom_ledger_trace_dropped_total{reason=\"full\"} 7",
        "strongroom_ledger_trace_dropped_total{reason=\"failed\"} 2",
    ] {
        assert!(told.lines().any(|it| it == line), "{line} is not in\n{told}");
    }
}

#[test]
fn a_layer_needs_a_runtime_and_room() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ledger = runtime.block_on(Ledger::open(&Store::memory(), quick())).unwrap();
    let error = LedgerLayer::new(ledger.clone(), LayerOptions::default()).unwrap_err();
    assert_eq!(error.code(), "ledger.options_invalid");
    let mut options = LayerOptions::default();
    options.on_the_way = 0;
    let error = runtime.block_on(async { LedgerLayer::new(ledger, options) }).unwrap_err();
    assert_eq!(error.code(), "ledger.options_invalid");
}
