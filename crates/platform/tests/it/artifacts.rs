//! Artifacts: put, get, quarantine, promote, act on notifications; whatever dies at whichever write.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use futures_util::{StreamExt as _, TryStreamExt as _};
use platform::acts::OPEN;
use platform::artifacts::{
    ArtifactReader, ArtifactStore, Error, Filter, Noticed, Options, Outcome, PutOptions, Scanned,
    Scanner, Source, Standing,
};
use platform::clock::SetClock;
use platform::ledger::{self, Ledger, records};
use platform::numbered::Retry;
use platform::store::fault::{Fault, Faulty};
use platform::store::{BucketState, Memory, Put, Store, Versioning};
use serde_json::json;
use storage_core::Digest;
use storage_core::artifacts::{
    ArtifactKey, Expected, GateReport, Gates, Kind, Lineage, Reason, Registration, ReleaseName,
    Stage, quarantine_key,
};

use super::logs::quick;

pub(super) const KEY: &str = "models/uplift/1.0.0/metrics.json";

pub(super) fn key() -> ArtifactKey {
    KEY.parse().unwrap()
}

pub(super) fn name() -> ReleaseName {
    key().release().clone()
}

fn moment() -> DateTime<Utc> {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

pub(super) fn options(actor: &str) -> Options {
    let mut options = Options::new(actor);
    options.clock = Arc::new(SetClock::at(moment()));
    options.retry = Retry::NEVER;
    options
}

pub(super) async fn open_with(store: &Store, options: Options) -> Result<ArtifactStore, Error> {
    let mut log = quick();
    log.retry = Retry::NEVER;
    let ledger = Ledger::open(&store.at("_strongroom/ledger"), log).await;
    // Where the ledger does not open, nothing begins.
    let ledger = ledger.map_err(|source| Error::Act {
        act: "open the ledger",
        source: Box::new(platform::acts::Error::Record { source }),
    })?;
    ArtifactStore::open(store, ledger, options).await
}

pub(super) async fn open(store: &Store, actor: &str) -> ArtifactStore {
    open_with(store, options(actor)).await.unwrap()
}

pub(super) async fn put(artifacts: &ArtifactStore, key: &str, body: &str) -> Result<bool, Error> {
    let key = key.parse().unwrap();
    let source = Source::bytes(body.to_owned());
    Ok(artifacts.put(&key, source, &PutOptions::default()).await?.fresh)
}

pub(super) async fn fetched(reader: &ArtifactReader, key: &str) -> Result<String, Error> {
    let mut body = Vec::new();
    reader.fetch(&key.parse().unwrap(), &mut body).await?;
    Ok(String::from_utf8(body).unwrap())
}

/// The acts in the ledger, in order.
pub(super) async fn acts(store: &Store) -> Vec<String> {
    let mut acts = Vec::new();
    records(&store.at("_strongroom/ledger"), &ledger::Filter::default(), |_, line| {
        let record: serde_json::Value = serde_json::from_slice(line).unwrap();
        acts.push(record["event_type"].as_str().unwrap().to_owned());
        std::ops::ControlFlow::Continue(())
    })
    .await
    .unwrap();
    acts
}

/// Everything that is there apart from the ledger, with its length.
pub(super) async fn there(store: &Store) -> BTreeMap<String, u64> {
    let listed: Vec<_> = store.list_all("", None).try_collect().await.unwrap();
    let all = listed.into_iter().map(|it| (it.key.as_str().to_owned(), it.size_bytes));
    all.filter(|(key, _)| !key.starts_with("_strongroom/ledger/")).collect()
}

pub(super) fn versioned() -> Store {
    let mut state = BucketState::plain();
    state.versioning = Versioning::On;
    let memory = Memory::new(state, Arc::new(SetClock::at(moment()))).unwrap();
    Store::new(Arc::new(memory), "")
}

#[tokio::test]
async fn the_same_again_is_there_and_other_bytes_are_refused() {
    let store = Store::memory();
    let artifacts = open(&store, "ci").await;
    assert!(put(&artifacts, KEY, "{}").await.unwrap());
    assert!(!put(&artifacts, KEY, "{}").await.unwrap());
    let error = put(&artifacts, KEY, "[]").await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("artifacts.taken", 4));
    assert_eq!(fetched(artifacts.reader(), KEY).await.unwrap(), "{}");
    assert_eq!(acts(&store).await, ["artifact.accepted"]);

    // A stream, and a file, are as good as bytes.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it");
    std::fs::write(&path, "{}").unwrap();
    for source in [
        Source::File(path),
        Source::Stream(futures_util::stream::iter(["{", "}"]).map(|it| Ok(it.into())).boxed()),
    ] {
        let stored = artifacts.put(&key(), source, &PutOptions::default()).await.unwrap();
        assert!(!stored.fresh);
    }
}

/// Writes something else into a file while it is looked at.
#[derive(Debug)]
struct Meddling(std::path::PathBuf);

impl Scanner for Meddling {
    fn name(&self) -> String {
        "meddling".to_owned()
    }

    fn scan(&self, _: &mut dyn std::io::Read) -> std::io::Result<Scanned> {
        std::fs::write(&self.0, "[]")?;
        Ok(Scanned::Clean)
    }
}

#[tokio::test]
async fn an_input_that_changes_while_it_is_read_is_no_artifact() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("it");
    std::fs::write(&path, "{}").unwrap();
    let store = Store::memory();
    let mut options = options("ci");
    options.scanner = Some(Arc::new(Meddling(path.clone())));
    let artifacts = open_with(&store, options).await.unwrap();
    let (key, options) = (key(), PutOptions::default());
    let error = artifacts.put(&key, Source::File(path), &options).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("artifacts.unsteady", 2));
    assert!(acts(&store).await.is_empty() && store.head(KEY).await.is_err());
}

#[tokio::test]
async fn a_large_stream_arrives_as_it_was() {
    let store = Store::memory();
    let artifacts = open(&store, "ci").await;
    let pieces = (0..40_u8).map(|n| Ok(vec![n + 1; 300_000].into()));
    let source = Source::Stream(futures_util::stream::iter(pieces).boxed());
    let key: ArtifactKey = "builds/ci/7/a.bin".parse().unwrap();
    let stored = artifacts.put(&key, source, &PutOptions::default()).await.unwrap();
    let body: Vec<u8> = (0..40_u8).flat_map(|n| vec![n + 1; 300_000]).collect();
    assert_eq!((stored.entry.size_bytes, stored.entry.sha256), (12_000_000, Digest::of(&body)));
    let mut read = Vec::new();
    artifacts.reader().fetch(&key, &mut read).await.unwrap();
    assert!(read == body);
}

#[tokio::test]
async fn what_fails_a_check_is_kept_aside_with_the_reason() {
    let store = Store::memory();
    let artifacts = open(&store, "ci").await;
    for _ in 0..2 {
        let error = put(&artifacts, KEY, "<html>").await.unwrap_err();
        assert_eq!(error.code(), "artifacts.quarantined");
        assert!(error.to_string().contains("application/json"), "{error}");
    }
    let at = quarantine_key(&Digest::of(b"<html>"));
    assert_eq!(store.get(&at).await.unwrap().body, "<html>");
    assert!(store.get(KEY).await.is_err(), "nothing stands under the key itself");
    let error = fetched(artifacts.reader(), KEY).await.unwrap_err();
    assert_eq!(error.code(), "artifacts.quarantined");
    // Once is enough for the ledger.
    assert_eq!(acts(&store).await, ["artifact.quarantined"]);
    let all = Filter { all: true, ..Filter::default() };
    let listed = artifacts.reader().list(&all).await.unwrap();
    assert!(matches!(&listed[0].standing, Standing::Quarantined(_)));
    assert_eq!(artifacts.reader().list(&Filter::default()).await.unwrap(), []);

    // The right file may still come.
    assert!(put(&artifacts, KEY, "{}").await.unwrap());
    assert_eq!(fetched(artifacts.reader(), KEY).await.unwrap(), "{}");
}

#[tokio::test]
async fn what_was_announced_and_what_is_too_large_is_told_apart() {
    let store = Store::memory();
    let mut options = options("ci");
    options.rules.kinds.get_mut(&Kind::Builds).unwrap().max_size_bytes = 4;
    let artifacts = open_with(&store, options).await.unwrap();
    let error = put(&artifacts, "builds/ci/7/a.bin", "12345").await.unwrap_err();
    let Error::Quarantined { reasons, .. } = &error else { panic!("{error:?}") };
    assert!(matches!(reasons[..], [Reason::TooLarge { limit_bytes: 4, size_bytes: 5 }]));
    assert!(there(&store).await.keys().all(|it| !it.contains("quarantine/")));

    let expected = Expected { sha256: Some(Digest::of(b"{}")), size_bytes: None };
    let other = PutOptions { expected, ..PutOptions::default() };
    let error = artifacts.put(&key(), Source::bytes("[]"), &other).await.unwrap_err();
    let Error::Quarantined { reasons, .. } = &error else { panic!("{error:?}") };
    assert!(matches!(reasons[..], [Reason::DigestDiffers { .. }]));
}

#[tokio::test]
async fn bytes_that_were_changed_behind_our_back_are_not_served_as_the_artifact() {
    let store = Store::memory();
    let artifacts = open(&store, "ci").await;
    put(&artifacts, KEY, "{\"a\": 1}").await.unwrap();
    for other in ["{\"a\": 2}", "{}", "{\"a\": 1} "] {
        store.put(KEY, other, &Put::default()).await.unwrap();
        let read = fetched(artifacts.reader(), KEY).await;
        if other.starts_with("{\"a\": 1}") {
            // What is beyond the accepted length is never read.
            assert_eq!(read.unwrap(), "{\"a\": 1}");
        } else {
            assert_eq!(read.unwrap_err().code(), "artifacts.altered", "{other}");
        }
    }
    // In a bucket with versions, the version that was accepted is served all the same.
    let store = versioned();
    let artifacts = open(&store, "ci").await;
    put(&artifacts, KEY, "{}").await.unwrap();
    store.put(KEY, "[]", &Put::default()).await.unwrap();
    assert_eq!(fetched(artifacts.reader(), KEY).await.unwrap(), "{}");
}

fn strict() -> Gates {
    let json = json!({"v": 1, "all": {
        "staging": {"gates": ["tests"]},
        "prod": {"gates": ["tests"], "approvals": 2, "approvers": ["ana", "ben", "ci"]},
    }});
    Gates::read(json.to_string().as_bytes()).unwrap()
}

async fn strictly(store: &Store, actor: &str) -> ArtifactStore {
    let mut options = options(actor);
    options.gates = strict();
    open_with(store, options).await.unwrap()
}

fn passed(contents: Digest, passed: bool) -> GateReport {
    GateReport { gate: "tests".to_owned(), contents, passed, evidence: None }
}

#[tokio::test]
async fn a_release_moves_through_gates_and_agreement_to_exactly_its_contents() {
    let store = Store::memory();
    let ci = strictly(&store, "ci").await;
    let name = name();
    let refused = ci.promote(&name, Stage::Staging, None).await.unwrap_err();
    assert_eq!(refused.code(), "artifacts.no_release");
    put(&ci, KEY, "{}").await.unwrap();
    let first = ci.reader().log(&name.log()).await.unwrap().contents(&name).unwrap();

    let refused = ci.promote(&name, Stage::Prod, None).await.unwrap_err();
    assert_eq!(refused.code(), "artifacts.wrong_stage");
    let refused = ci.promote(&name, Stage::Staging, None).await.unwrap_err();
    assert_eq!((refused.code(), refused.exit_status()), ("artifacts.not_ready", 1));
    ci.report_gate(&name, passed(first, true)).await.unwrap();
    // Another file: the gate spoke about something else.
    put(&ci, "models/uplift/1.0.0/notes.txt", "notes").await.unwrap();
    let refused = ci.promote(&name, Stage::Staging, None).await.unwrap_err();
    assert_eq!(refused.code(), "artifacts.not_ready");
    let refused = ci.report_gate(&name, passed(first, true)).await;
    assert!(matches!(refused, Ok(Outcome::Already)), "the same report is there: {refused:?}");
    let refused = ci.report_gate(&name, passed(first, false)).await.unwrap_err();
    assert_eq!(refused.code(), "artifacts.other_contents");
    let contents = ci.reader().log(&name.log()).await.unwrap().contents(&name).unwrap();
    ci.report_gate(&name, passed(contents, false)).await.unwrap();
    let refused = ci.promote(&name, Stage::Staging, None).await.unwrap_err();
    assert!(refused.to_string().contains("was not passed"), "{refused}");
    ci.report_gate(&name, passed(contents, true)).await.unwrap();
    ci.promote(&name, Stage::Staging, Some(contents)).await.unwrap();
    assert!(matches!(ci.promote(&name, Stage::Staging, None).await, Ok(Outcome::Already)));

    // Nothing is added any more.
    let refused = put(&ci, "models/uplift/1.0.0/more.txt", "more").await.unwrap_err();
    assert_eq!(refused.code(), "artifacts.sealed");

    // Who put a file does not count, nor does a stranger, nor the same person twice.
    for actor in ["ci", "eve", "ana", "ana"] {
        let person = strictly(&store, actor).await;
        person.approve(&name, Stage::Prod, contents, None).await.unwrap();
    }
    let refused = ci.promote(&name, Stage::Prod, None).await.unwrap_err();
    assert!(refused.to_string().contains("1 of 2 approvals"), "{refused}");
    let ben = strictly(&store, "ben").await;
    let refused = ben.approve(&name, Stage::Prod, first, None).await.unwrap_err();
    assert_eq!(refused.code(), "artifacts.other_contents");
    ben.approve(&name, Stage::Prod, contents, Some("fine")).await.unwrap();
    ci.promote(&name, Stage::Prod, None).await.unwrap();
    let live = Filter { stage: Some(Stage::Prod), ..Filter::default() };
    assert_eq!(ci.reader().list(&live).await.unwrap().len(), 2);

    // Back, and everybody has to agree again.
    ben.demote(&name, Stage::Staging, "it guesses").await.unwrap();
    let refused = ci.promote(&name, Stage::Prod, None).await.unwrap_err();
    assert_eq!(refused.code(), "artifacts.not_ready");
    let acts = acts(&store).await;
    assert_eq!(acts.iter().filter(|it| *it == "artifact.promoted").count(), 2);
    assert_eq!(acts.iter().filter(|it| *it == "artifact.approved").count(), 4);
}

/// A release that lacks nothing to move on.
async fn ready() -> (Store, Digest) {
    let store = Store::memory();
    let ci = strictly(&store, "ci").await;
    put(&ci, KEY, "{}").await.unwrap();
    let contents = ci.reader().log(&name().log()).await.unwrap().contents(&name()).unwrap();
    ci.report_gate(&name(), passed(contents, true)).await.unwrap();
    (store, contents)
}

#[tokio::test]
async fn whatever_dies_while_promoting_the_same_again_ends_the_same() {
    let (calm, contents) = ready().await;
    let before = acts(&calm).await.len();
    let faulty = Arc::new(Faulty::new(calm.backend().clone(), |_| None));
    let store = Store::new(faulty.clone(), "");
    let ci = strictly(&store, "ci").await;
    ci.promote(&name(), Stage::Staging, Some(contents)).await.unwrap();
    let (writes, expected) = (faulty.writes(), there(&calm).await);
    assert_eq!(acts(&calm).await.len(), before + 1);
    assert!(expected.keys().all(|it| !it.starts_with(OPEN)), "{expected:?}");
    assert!(writes >= 4, "a note, a claim, a record and the end of the note: {writes}");

    for at in 0..writes {
        for fault in [Fault::Lost, Fault::Kept] {
            let place = format!("{fault:?} at the write {at}");
            let (calm, _) = ready().await;
            let dying = Arc::new(Faulty::dies_at_write(calm.backend().clone(), at, fault));
            let mut options = options("ci");
            options.gates = strict();
            if let Ok(ci) = open_with(&Store::new(dying.clone(), ""), options).await {
                let _ = ci.promote(&name(), Stage::Staging, Some(contents)).await;
            }
            assert!(dying.met() > 0, "{place}: nothing failed");
            let ci = strictly(&calm, "ci").await;
            ci.promote(&name(), Stage::Staging, Some(contents)).await.expect(&place);
            assert_eq!(there(&calm).await, expected, "{place}");
            assert_eq!(acts(&calm).await.len(), before + 1, "{place}");
        }
    }
}

#[tokio::test]
async fn whatever_dies_while_putting_the_same_again_ends_the_same() {
    let calm = Store::memory();
    let faulty = Arc::new(Faulty::new(calm.backend().clone(), |_| None));
    put(&open(&Store::new(faulty.clone(), ""), "ci").await, KEY, "{}").await.unwrap();
    let (writes, expected) = (faulty.writes(), there(&calm).await);
    assert!(writes >= 6, "{writes}");
    for at in 0..writes {
        for fault in [Fault::Lost, Fault::Kept] {
            let place = format!("{fault:?} at the write {at}");
            let calm = Store::memory();
            let dying = Arc::new(Faulty::dies_at_write(calm.backend().clone(), at, fault));
            if let Ok(ci) = open_with(&Store::new(dying, ""), options("ci")).await {
                let _ = put(&ci, KEY, "{}").await;
            }
            put(&open(&calm, "ci").await, KEY, "{}").await.expect(&place);
            assert_eq!(there(&calm).await, expected, "{place}");
            assert_eq!(acts(&calm).await, ["artifact.accepted"], "{place}");
        }
    }
}

pub(super) fn created(key: &str, sequencer: &str) -> String {
    told("ObjectCreated:Put", key, sequencer)
}

pub(super) fn told(event: &str, key: &str, sequencer: &str) -> String {
    let object = json!({"key": key.replace('@', "%40"), "sequencer": sequencer});
    json!({"Records": [{"eventName": event, "s3": {"bucket": {"name": "b"}, "object": object}}]})
        .to_string()
}

pub(super) async fn notice(artifacts: &ArtifactStore, message: &str) -> Noticed {
    let mut notices = artifacts.on_event(message.as_bytes()).await.unwrap();
    assert_eq!(notices.len(), 1);
    notices.remove(0).noticed
}

#[tokio::test]
async fn the_same_notification_twice_does_nothing_twice() {
    for store in [Store::memory(), versioned()] {
        let artifacts = open(&store, "queue").await;
        let key = "builds/ci/7/a@b.json";
        store.put(key, "{}", &Put::default()).await.unwrap();
        let refused = fetched(artifacts.reader(), key).await.unwrap_err();
        assert_eq!(refused.code(), "artifacts.not_checked");
        let message = created(key, "0B");
        let sha256 = Digest::of(b"{}");
        assert_eq!(notice(&artifacts, &message).await, Noticed::Accepted { sha256 });
        let state = there(&store).await;
        assert_eq!(notice(&artifacts, &message).await, Noticed::Known);
        assert_eq!(notice(&artifacts, &created(key, "0A")).await, Noticed::Stale);
        assert_eq!(notice(&artifacts, &created(key, "0C")).await, Noticed::Known);
        assert_eq!(there(&store).await, state);
        assert_eq!(acts(&store).await, ["artifact.accepted"]);
        assert_eq!(fetched(artifacts.reader(), key).await.unwrap(), "{}");

        // Gone is gone, once; what is late about it changes nothing.
        store.delete(key).await.unwrap();
        let message = told("ObjectRemoved:Delete", key, "0D");
        assert_eq!(notice(&artifacts, &message).await, Noticed::Removed);
        assert_eq!(notice(&artifacts, &message).await, Noticed::Known);
        assert_eq!(notice(&artifacts, &created(key, "0B")).await, Noticed::Stale);
        let refused = fetched(artifacts.reader(), key).await.unwrap_err();
        assert_eq!(refused.code(), "artifacts.removed");
        assert!(put(&artifacts, key, "{}").await.unwrap());
        assert_eq!(fetched(artifacts.reader(), key).await.unwrap(), "{}");
    }
}

#[tokio::test]
async fn what_came_past_us_and_is_wrong_is_moved_aside() {
    for store in [Store::memory(), versioned()] {
        let artifacts = open(&store, "queue").await;
        // Wrong by itself.
        store.put(KEY, "<html>", &Put::default()).await.unwrap();
        let message = created(KEY, "0A");
        assert!(matches!(notice(&artifacts, &message).await, Noticed::Quarantined { .. }));
        assert!(store.get(KEY).await.is_err());
        let aside = store.get(quarantine_key(&Digest::of(b"<html>"))).await.unwrap();
        assert_eq!(aside.body, "<html>");
        assert_eq!(notice(&artifacts, &message).await, Noticed::Known);

        // Right, and then overwritten.
        put(&artifacts, KEY, "{}").await.unwrap();
        store.put(KEY, "[]", &Put::default()).await.unwrap();
        let Noticed::Quarantined { reasons } = notice(&artifacts, &created(KEY, "0B")).await else {
            panic!("it was overwritten");
        };
        assert!(matches!(reasons[..], [Reason::Overwrites { .. }]), "{reasons:?}");
        let kept = store.get(quarantine_key(&Digest::of(b"[]"))).await.unwrap();
        assert_eq!(kept.body, "[]");
        let versions = store.bucket().await.unwrap().versioning == Versioning::On;
        let read = fetched(artifacts.reader(), KEY).await;
        match versions {
            true => assert_eq!(read.unwrap(), "{}"),
            false => assert_eq!(read.unwrap_err().code(), "artifacts.removed"),
        }
    }
}

#[tokio::test]
async fn what_is_not_about_artifacts_is_left_alone() {
    let store = Store::memory();
    let artifacts = open(&store.at("team"), "queue").await;
    for key in ["other/builds/ci/7/a", "team/_strongroom/artifacts/store", "team/notes.txt"] {
        let noticed = notice(&artifacts, &created(key, "0A")).await;
        assert!(matches!(noticed, Noticed::Ignored { .. }), "{key}: {noticed:?}");
    }
    let noticed = notice(&artifacts, &told("ObjectTagging:Put", "team/builds/a", "0A")).await;
    assert!(matches!(noticed, Noticed::Ignored { .. }), "{noticed:?}");
    assert_eq!(acts(&store.at("team")).await, [""; 0]);
    // Meant for an artifact, and cannot be one: written down once.
    let message = created("team/builds/ci/7/..", "0A");
    assert!(matches!(notice(&artifacts, &message).await, Noticed::Unnamed { .. }));
    assert_eq!(notice(&artifacts, &message).await, Noticed::Known);
    assert_eq!(acts(&store.at("team")).await, ["artifact.unnamed"]);
    let error = artifacts.on_event(b"{}").await.unwrap_err();
    assert_eq!((error.code(), error.is_retryable()), ("artifacts.notification_invalid", false));
}

#[tokio::test]
async fn the_registry_tells_versions_metrics_lineage_and_what_is_live() {
    let store = Store::memory();
    let mut options = options("ana");
    options.gates.all.prod.authors_may_approve = true;
    let artifacts = open_with(&store, options).await.unwrap();
    for version in ["1.0.0", "1.1.0"] {
        let name: ReleaseName = format!("models/uplift/{version}").parse().unwrap();
        put(&artifacts, &format!("{name}/metrics.json"), "{}").await.unwrap();
        artifacts.promote(&name, Stage::Staging, None).await.unwrap();
        let mut said = Registration::default();
        said.metrics.insert("rmse".to_owned(), "0.1250".parse().unwrap());
        said.lineage.push(Lineage {
            role: "dataset".to_owned(),
            name: "lake/gold/2026".to_owned(),
            sha256: None,
        });
        artifacts.register(&name, said.clone()).await.unwrap();
        assert_eq!(artifacts.register(&name, said).await.unwrap(), Outcome::Already);
        let contents = artifacts.reader().log(&name.log()).await.unwrap().contents(&name).unwrap();
        artifacts.approve(&name, Stage::Prod, contents, None).await.unwrap();
        artifacts.promote(&name, Stage::Prod, Some(contents)).await.unwrap();
    }
    let reader = ArtifactReader::open(&store, Retry::NEVER).await.unwrap();
    let model = reader.model("uplift").await.unwrap();
    assert_eq!(model.at(Stage::Prod).unwrap().version(), "1.1.0");
    let said = model.versions[0].release.registration.as_ref().unwrap();
    assert_eq!(said.metrics["rmse"].to_string(), "0.1250");
    let back: ReleaseName = "models/uplift/1.1.0".parse().unwrap();
    artifacts.demote(&back, Stage::Dev, "drift").await.unwrap();
    let models = reader.models().await.unwrap();
    assert_eq!(models[0].at(Stage::Prod).unwrap().version(), "1.0.0");
    assert_eq!(models[0].at(Stage::Staging), None);
}

#[tokio::test]
async fn a_store_without_addresses_says_so_and_records_nothing() {
    let store = Store::memory();
    let artifacts = open(&store, "ci").await;
    let hour = Duration::from_secs(3600);
    let error = artifacts.presign_put(&key(), hour, &Expected::default()).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains("has no addresses"), "{source}");
    assert_eq!(error.exit_status(), 2);
    assert_eq!(acts(&store).await, [""; 0]);
    let key = artifacts.new_upload("acme", "data.csv").unwrap().to_string();
    assert!(key.starts_with("uploads/acme/2026-03-01/"), "{key}");
}

#[derive(Debug)]
struct Says(Option<Scanned>);

impl Scanner for Says {
    fn name(&self) -> String {
        "a scanner".to_owned()
    }

    fn scan(&self, file: &mut dyn std::io::Read) -> std::io::Result<Scanned> {
        let mut body = String::new();
        file.read_to_string(&mut body)?;
        assert!(body.starts_with('{'), "it is shown the file: {body}");
        self.0.clone().ok_or_else(|| std::io::Error::other("busy"))
    }
}

#[tokio::test]
async fn malware_is_put_aside_and_a_silent_scanner_lets_nothing_in() {
    let scanned = |said: Option<Scanned>| {
        let mut options = options("ci");
        options.scanner = Some(Arc::new(Says(said)));
        options
    };
    let store = Store::memory();
    let artifacts = open_with(&store, scanned(None)).await.unwrap();
    let error = put(&artifacts, KEY, "{}").await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("artifacts.scanner", 6));
    store.put(KEY, "{}", &Put::default()).await.unwrap();
    let error = artifacts.on_event(created(KEY, "0A").as_bytes()).await.unwrap_err();
    assert!(error.is_retryable());
    assert_eq!(acts(&store).await, [""; 0]);

    let found = Some(Scanned::Found("Eicar".to_owned()));
    let artifacts = open_with(&store, scanned(found)).await.unwrap();
    let noticed = notice(&artifacts, &created(KEY, "0A")).await;
    let Noticed::Quarantined { reasons } = noticed else { panic!("{noticed:?}") };
    assert_eq!(reasons, [Reason::Malware { signature: "Eicar".to_owned() }]);

    let artifacts = open_with(&store, scanned(Some(Scanned::Clean))).await.unwrap();
    let stored = artifacts.put(&key(), Source::bytes("{ }"), &PutOptions::default()).await.unwrap();
    assert_eq!(stored.entry.scanned_by.as_deref(), Some("a scanner"));
}
