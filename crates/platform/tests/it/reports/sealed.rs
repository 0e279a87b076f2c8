//! Sealed reports: read by who has the keys, and by nobody once the key of one is gone.

use platform::body_keys::{BodyKeys, LocalKey};
use platform::ledger::Filter;
use platform::reports::Query;
use platform::store::fault::{Fault, Faulty};
use storage_core::reports::{State, Status};

use super::faults::{End, end};
use super::flows::tick;
use super::*;

const SECRET: &[u8] = b"%PDF-1.7 figures";

async fn keys(store: &Store) -> BodyKeys {
    BodyKeys::open(store, Arc::new(LocalKey::parse(&"5e".repeat(32)).unwrap())).await.unwrap()
}

/// An archive with keys that lie in `secrets`.
async fn open_with(store: &Store, clock: &Arc<SetClock>, secrets: &Store) -> Option<Reports> {
    let mut how = ledger::Options::default();
    how.clock = clock.clone();
    how.conditions = Some(Conditions::Atomic);
    how.writer = Some("tests".to_owned());
    how.retry = platform::numbered::Retry::NEVER;
    let ledger = Ledger::open(&store.at("ledger"), how).await.ok()?;
    let mut options = options(clock);
    options.body_keys = Some(keys(secrets).await);
    let seed = audit_chain::note::Signer::from_seed("example.com/archive", &[7; 32]).unwrap();
    options.signer = Some(Arc::new(seed));
    Reports::open(&store.at("reports"), ledger, options).await.ok()
}

pub(super) async fn sealing() -> (Reports, Store, Arc<SetClock>, Store) {
    let ((store, clock), secrets) = (locking(), Store::memory());
    let reports = open_with(&store, &clock, &secrets).await.unwrap();
    (reports, store, clock, secrets)
}

/// Whether any version of any object holds these bytes in clear.
async fn holds(store: &Store, secret: &[u8]) -> bool {
    let all: Vec<_> = store.versions_all("").try_collect().await.unwrap();
    for it in all.iter().filter(|it| !it.delete_marker) {
        let body = store.get_version(it.key.as_str(), &it.version).await.unwrap().body;
        if body.windows(secret.len()).any(|part| part == secret) {
            return true;
        }
    }
    false
}

#[tokio::test]
async fn a_sealed_report_is_read_with_its_key_and_checked_without() {
    let (reports, store, clock, _) = sealing().await;
    let made = reports.archive(request("acme").sealed()).await.unwrap();
    assert!(!holds(&store, SECRET).await && !holds(&store, b"0.30000000000000004").await);
    assert_eq!(reports.read(&made.state, "report.pdf").await.unwrap(), SECRET);
    let metadata = reports.metadata(&made.state).await.unwrap().unwrap();
    assert!(metadata.contains("0.30000000000000004"), "{metadata}");

    // The manifest tells both: what is stored, and what was handed in.
    let entry = made.state.manifest.file("report.pdf").unwrap();
    let stored = store.at("reports").get(made.report.file(&entry.name)).await.unwrap().body;
    assert_eq!(storage_core::Digest::of(&stored), entry.sha256);
    assert_eq!(stored.len() as u64, entry.size_bytes);
    assert_eq!(entry.content(), (SECRET.len() as u64, storage_core::Digest::of(SECRET)));

    let blind = open(&store, &clock).await;
    assert!(blind.verify(&made.report).await.unwrap().is_intact());
    let error = blind.read(&made.state, "report.pdf").await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("reports.keys_missing", 2));
    let error = blind.archive(request("acme").sealed()).await.unwrap_err();
    assert_eq!(error.code(), "reports.request_invalid");
    assert!(reports.verify(&made.report).await.unwrap().is_intact());
}

#[tokio::test]
async fn a_key_that_is_lost_is_found_by_a_check() {
    let (reports, _, _, secrets) = sealing().await;
    let made = reports.archive(request("acme").sealed()).await.unwrap();
    for it in secrets.list("key/", None, 10).await.unwrap().entries {
        secrets.delete(it.key.as_str()).await.unwrap();
    }
    let fixity = reports.verify(&made.report).await.unwrap();
    assert_eq!(fixity.failed.len(), 3, "{fixity:?}");
    assert!(fixity.failed[0].problem.contains("cannot be opened"), "{fixity:?}");
    let error = reports.read(&made.state, "report.pdf").await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("reports.key", 3));
}

#[tokio::test]
async fn what_was_put_in_the_place_of_a_sealed_file_is_not_given_out() {
    let (reports, store, _, _) = sealing().await;
    let made = reports.archive(request("acme").sealed()).await.unwrap();
    let mut forged = made.state.clone();
    // A manifest that lies about what was sealed.
    let entry = &mut forged.manifest.files[0];
    entry.sealed.as_mut().unwrap().sha256 = storage_core::Digest::of(b"other");
    let name = entry.name.to_string();
    let error = reports.read(&forged, &name).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("reports.altered", 7));
    // The sealed bytes of another file of the same report.
    let files = &mut forged.manifest.files;
    let (one, other) = (files[0].clone(), files[1].clone());
    let place = made.report.file(&one.name);
    let body = store.at("reports").get(made.report.file(&other.name)).await.unwrap().body;
    let put =
        store.at("reports").put(&place, body, &platform::store::Put::default()).await.unwrap();
    files[0].version = put.version.map(|it| it.0);
    (files[0].size_bytes, files[0].sha256) = (other.size_bytes, other.sha256);
    files[0].sealed = other.sealed;
    let error = reports.read(&forged, &name).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("reports.altered", 7), "it was moved");
}

#[tokio::test]
async fn the_same_request_is_the_same_sealed_report() {
    let (reports, _, _, _) = sealing().await;
    let first = reports.archive(request("acme").with_key("k").sealed()).await.unwrap();
    let again = reports.archive(request("acme").with_key("k").sealed()).await.unwrap();
    assert_eq!((&again.report, again.repeated, &again.state), (&first.report, true, &first.state));
    let error = reports.archive(request("acme").with_key("k")).await.unwrap_err();
    assert_eq!(error.code(), "reports.key_taken", "in clear it is another request");
    let mut forged = request("acme").with_key("k").sealed();
    forged.files[0].content = "%PDF-1.7 Figures".into();
    assert_eq!(reports.archive(forged).await.unwrap_err().code(), "reports.content_differs");
}

async fn destroy(reports: &Reports, clock: &SetClock) -> platform::reports::Result<State> {
    let report = reports.find_all(&Query::default()).await?[0].report.clone();
    let state = reports.state(&report).await?;
    if state.disposed.is_none() {
        let until = state.retention.until().unwrap().moment().unwrap();
        assert!(platform::clock::Clock::now(clock) >= until);
        let list = reports.eligible(&Query::default()).await?;
        let digest = reports.approve(&list, "ben").await?;
        reports.destroy(&digest).await?.remove(0).outcome?;
    }
    let checked = reports.check_certificate(&report, &[]).await?;
    assert_eq!(checked.key_is_gone, Some(true));
    reports.state(&report).await
}

async fn expired(reports: &Reports, clock: &SetClock) {
    let made = reports.archive(request("acme").with_key("k").sealed()).await.unwrap();
    let until = made.state.retention.until().unwrap().moment().unwrap();
    tick(reports, clock, &until.to_rfc3339()).await;
}

#[tokio::test]
async fn destruction_makes_every_copy_noise_before_it_is_certified() {
    let (reports, store, clock, secrets) = sealing().await;
    expired(&reports, &clock).await;
    let report = reports.find_all(&Query::default()).await.unwrap()[0].report.clone();
    let place = format!("{report}/report.pdf");
    let backup = store.at("reports").get(&place).await.unwrap().body;
    let state = destroy(&reports, &clock).await.unwrap();
    let now = platform::clock::Clock::now(clock.as_ref());
    assert_eq!(state.status(now), Status::Disposed);
    let certificate = state.disposed.unwrap();
    assert_eq!(certificate.key_destroyed, state.key_destroyed);
    assert!(state.key_destroyed.is_some());
    // What a backup has left opens with nothing that is left.
    assert!(secrets.list("key/", None, 10).await.unwrap().entries.is_empty());
    let error = keys(&secrets).await.key(&report.to_string()).await.unwrap_err();
    assert_eq!(error.code(), "body_keys.destroyed");
    assert!(backup.starts_with(b"strongroom/sealed-body/1\n"));
    // In the ledger the key went first.
    let mut acts = Vec::new();
    platform::ledger::records(reports.ledger().store(), &Filter::default(), |_, line| {
        let read: serde_json::Value = serde_json::from_slice(line).unwrap();
        acts.push(read["event_type"].as_str().unwrap().to_owned());
        std::ops::ControlFlow::Continue(())
    })
    .await
    .unwrap();
    let at = |name: &str| acts.iter().position(|it| it == name).unwrap();
    assert!(at("report.key_destroyed") < at("report.disposed"), "{acts:?}");
    // A key that came back makes the certificate a lie.
    let digest = storage_core::Digest::of(report.to_string().as_bytes()).to_string();
    let key = format!("key/{}", digest.trim_start_matches("sha256:"));
    secrets.put(&key, "{}", &platform::store::Put::absent()).await.unwrap();
    let error = reports.check_certificate(&report, &[]).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("reports.certificate_invalid", 7));
}

#[tokio::test]
async fn whoever_does_not_know_the_keys_destroys_nothing_and_is_not_kept_from_reading() {
    let (reports, store, clock, secrets) = sealing().await;
    expired(&reports, &clock).await;
    let blind = open(&store, &clock).await;
    let list = blind.eligible(&Query::default()).await.unwrap();
    let digest = blind.approve(&list, "ben").await.unwrap();
    let outcome = blind.destroy(&digest).await.unwrap().remove(0).outcome.unwrap_err();
    assert_eq!(outcome.code(), "reports.keys_missing");
    let report = &list.reports[0].report;
    let state = reports.state(report).await.unwrap();
    assert_eq!(reports.read(&state, "report.pdf").await.unwrap(), SECRET);

    // The store of keys fails in the middle: who has none of them goes on with everything else.
    let dead = Arc::new(Faulty::dies_at_write(secrets.backend().clone(), 0, Fault::Lost));
    let dying = open_with(&store, &clock, &Store::new(dead, "")).await.unwrap();
    let outcome = dying.destroy(&digest).await.unwrap().remove(0).outcome.unwrap_err();
    assert_eq!(outcome.code(), "acts.step");
    let blind = open(&store, &clock).await;
    let state = blind.state(report).await.unwrap();
    assert_eq!((state.there().unwrap_err().code(), state.disposed), ("reports.gone", None));
    blind.archive(request("other")).await.unwrap();
    let error = blind.hold(report, "case", "too late").await.unwrap_err();
    assert_eq!(error.code(), "reports.gone");
    let reports = open_with(&store, &clock, &secrets).await.unwrap();
    reports.destroy(&digest).await.unwrap().remove(0).outcome.unwrap();
    reports.check_certificate(report, &[]).await.unwrap();
}

/// Which of the two stores dies.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Dies {
    Reports,
    Keys,
}

/// As `dies_anywhere`, for an archive with keys.
async fn dies_anywhere<F>(dies: Dies, prepared: bool, flow: F) -> u64
where
    F: AsyncFn(&Reports, &SetClock) -> platform::reports::Result<State>,
{
    let prepare = async || {
        let (reports, store, clock, secrets) = sealing().await;
        if prepared {
            expired(&reports, &clock).await;
        }
        (store, clock, secrets)
    };
    let ended = async |store: &Store, clock: &Arc<SetClock>, secrets: &Store, what: &str| -> End {
        let reports = open_with(store, clock, secrets).await.unwrap();
        let state = flow(&reports, clock).await.unwrap_or_else(|error| {
            panic!("{what}: {error}: {:?}", std::error::Error::source(&error))
        });
        let mut there = end(store, &reports, &state, clock).await;
        let left: Vec<_> = secrets.list_all("", None).try_collect().await.unwrap();
        there.objects.extend(left.into_iter().map(|it| (it.key.to_string(), String::new())));
        // A list names manifests by digest, and these name sealed bytes.
        for (key, _) in there.objects.iter_mut().filter(|it| it.0.contains("/disposals/")) {
            *key = key.rsplit_once('/').unwrap().1.to_owned();
        }
        // Sealed twice, the same content is not the same bytes.
        there.objects.iter_mut().filter(|it| it.1.contains("strongroom/sealed")).for_each(|it| {
            it.1.truncate(it.1.find("strongroom/sealed").unwrap());
        });
        let mut contents: Vec<_> = state.manifest.contents().map(|it| it.content()).collect();
        contents.sort();
        there.manifest = format!("{contents:?} {:?}", state.retention);
        there
    };
    let (store, clock, secrets) = prepare().await;
    let expected = ended(&store, &clock, &secrets, "alone").await;
    let mut number = 0;
    loop {
        for fault in [Fault::Lost, Fault::Kept] {
            let (store, clock, secrets) = prepare().await;
            let dying = if dies == Dies::Reports { &store } else { &secrets };
            let faulty =
                Arc::new(Faulty::dies_at_write(dying.backend().clone(), number, fault.clone()));
            let seen = Store::new(faulty.clone(), "");
            let (seen_store, seen_secrets) = match dies {
                Dies::Reports => (seen, secrets.clone()),
                Dies::Keys => (store.clone(), seen),
            };
            if let Some(reports) = open_with(&seen_store, &clock, &seen_secrets).await {
                let _ = flow(&reports, &clock).await;
            }
            if faulty.met() == 0 {
                return number;
            }
            // Never is there a signed certificate and a key.
            let signed = holds(&store, "\u{2014} example.com/archive".as_bytes()).await;
            let key = !secrets.list("key/", None, 10).await.unwrap().entries.is_empty();
            assert!(!(prepared && signed && key), "write {number} {fault:?} of {dies:?}");
            let what = format!("write {number} {fault:?} of {dies:?}");
            assert_eq!(ended(&store, &clock, &secrets, &what).await, expected, "{what}");
        }
        number += 1;
    }
}

#[tokio::test]
async fn archiving_sealed_dies_at_any_write() {
    let flow = async |reports: &Reports, _: &SetClock| {
        Ok(reports.archive(request("acme").with_key("k").sealed()).await?.state)
    };
    assert!(dies_anywhere(Dies::Reports, false, flow).await > 10);
    assert_eq!(dies_anywhere(Dies::Keys, false, flow).await, 1, "a key is written once");
}

#[tokio::test]
async fn destroying_what_is_sealed_dies_at_any_write() {
    assert!(dies_anywhere(Dies::Reports, true, destroy).await > 15);
    // Marked, deleted, and once more before the certificate.
    assert_eq!(dies_anywhere(Dies::Keys, true, destroy).await, 4);
}
