//! The metrics that a ledger emits are those that the alert rules use, and each alert has its place in
//! the runbook: nobody is woken by a rule that can never fire, or finds nothing to do.

use std::collections::BTreeSet;
use std::path::Path;

use metrics_exporter_prometheus::PrometheusBuilder;
use platform::ledger::{LayerOptions, Ledger, LedgerLayer};
use platform::store::Store;

use super::logs::{event, signing};

fn file(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All words that begin so.
fn words(text: &str, beginning: &str) -> BTreeSet<String> {
    text.split(|it: char| !(it.is_ascii_alphanumeric() || it == '_'))
        .filter(|it| it.starts_with(beginning))
        .map(str::to_owned)
        .collect()
}

/// What Prometheus reads from a process that has appended and sealed.
fn scraped() -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    metrics::with_local_recorder(&recorder, || {
        runtime.block_on(async {
            let ledger = Ledger::open(&Store::memory(), signing()).await.unwrap();
            // Its metric is there from the start, at zero.
            LedgerLayer::new(ledger.clone(), LayerOptions::default()).unwrap();
            ledger.append(event("one")).await.unwrap();
            ledger.checkpoint().await.unwrap();
            ledger.close().await.unwrap();
        });
    });
    recorder.handle().render()
}

#[test]
fn the_alert_rules_use_the_metrics_that_a_ledger_emits_and_all_of_them() {
    let scraped = scraped();
    let series: BTreeSet<_> = scraped
        .lines()
        .filter(|it| !it.starts_with('#'))
        .filter_map(|it| it.split(['{', ' ']).next())
        .filter(|it| !it.is_empty())
        .map(str::to_owned)
        .collect();
    let metrics: BTreeSet<_> = scraped
        .lines()
        .filter_map(|it| it.strip_prefix("# TYPE ")?.split(' ').next())
        .map(str::to_owned)
        .collect();
    let rules = words(&file("deploy/prometheus/ledger.rules.yml"), "strongroom_");
    for name in &rules {
        assert!(series.contains(name), "nobody emits `{name}`:\n{scraped}");
    }
    let used: BTreeSet<_> = rules
        .iter()
        .map(|it| it.strip_suffix("_sum").or(it.strip_suffix("_count")).unwrap_or(it).to_owned())
        .collect();
    assert_eq!(used, metrics);
    for path in ["deploy/prometheus/ledger.rules.test.yml", "docs/runbooks/ledger.md"] {
        let strangers: Vec<_> = words(&file(path), "strongroom_")
            .into_iter()
            .filter(|it| !series.contains(it))
            .collect();
        assert_eq!(strangers, [""; 0], "{path}");
    }
}

#[test]
fn each_alert_has_its_place_in_the_runbook() {
    let (rules, runbook) =
        (file("deploy/prometheus/ledger.rules.yml"), file("docs/runbooks/ledger.md"));
    let after = |label: &str| -> BTreeSet<String> {
        rules.lines().filter_map(|it| it.split_once(label)).map(|it| it.1.to_owned()).collect()
    };
    let alerts = after("- alert: ");
    assert!(!alerts.is_empty());
    assert_eq!(words(&runbook, "Strongroom"), alerts);
    // As GitHub makes them.
    let anchors: BTreeSet<_> = runbook
        .lines()
        .filter_map(|it| it.strip_prefix("## "))
        .map(|it| it.to_lowercase().replace(' ', "-").replace('\'', ""))
        .map(|it| format!("docs/runbooks/ledger.md#{it}"))
        .collect();
    let named = after("runbook: ");
    assert!(!named.is_empty() && named.is_subset(&anchors), "{named:?} of {anchors:?}");
}
