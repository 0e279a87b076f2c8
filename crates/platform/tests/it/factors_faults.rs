//! Many writers, crashes, lost answers, altered bytes.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use platform::clock::SetClock;
use platform::factors::{Error, FactorStore, Import, verify};
use platform::ledger::Ledger;
use platform::store::fault::{Fault, Faulty};
use platform::store::{Conditions, Put, Store};
use storage_core::factors::{Candidate, Change, KnownAt, Terms};

use super::figures::{World, day, edition, factor, id, moment, options, told, version};
use super::logs;
use super::weak::{self, Weakness};

fn clock() -> Arc<SetClock> {
    Arc::new(SetClock::at(moment("2024-01-01T00:00:00Z")))
}

fn change(name: &str, figure: &str) -> (Change, Terms) {
    let version = version(name, figure, "2020-01-01/..").into();
    (Change::Put { factor: factor(name, "GB"), version }, Terms::default())
}

async fn open(store: &Store, conditions: Conditions) -> Result<FactorStore, Error> {
    let mut options = options(&clock());
    options.conditions = Some(conditions);
    FactorStore::open(store, options).await
}

#[tokio::test(flavor = "multi_thread")]
async fn t12_of_sixteen_writers_on_one_factor_nobody_loses_anything() {
    let stores = [
        (Store::memory(), Conditions::Atomic),
        (weak::store(Weakness::Ignores), Conditions::OldestVersion),
        (weak::store(Weakness::LetsRacersWin), Conditions::OldestVersion),
    ];
    for (store, conditions) in stores {
        const PUTS: usize = 5;
        let racers = (0..16).map(|racer| {
            let store = store.clone();
            tokio::spawn(async move {
                // Each as a process of its own.
                let factors = open(&store, conditions).await.unwrap();
                let mut outcomes = Vec::new();
                for nth in 0..PUTS {
                    let (change, terms) = change("shared", &format!("{racer}.{nth}1"));
                    outcomes.extend(factors.put_all(&[(change, terms)]).await.unwrap());
                }
                outcomes
            })
        });
        let mut seqs = BTreeSet::new();
        let mut ids = BTreeSet::new();
        for racer in racers.collect::<Vec<_>>() {
            for outcome in racer.await.unwrap() {
                assert!(outcome.created);
                assert!(seqs.insert(outcome.seq), "two events have the number {}", outcome.seq);
                ids.insert(outcome.version_id.unwrap());
            }
        }
        assert_eq!(seqs, (0..16 * PUTS as u64).collect(), "{conditions:?}");
        let factors = open(&store, conditions).await.unwrap();
        let events = factors.history("shared").unwrap().events;
        assert_eq!(events.iter().filter_map(|it| it.version_id).collect::<BTreeSet<_>>(), ids);
        assert!(events.windows(2).all(|it| it[0].recorded_at < it[1].recorded_at));
        let verified = verify(&store, options(&clock())).await.unwrap();
        assert_eq!((verified.events, verified.versions), (80, 80));
    }
}

/// One life of a process, which dies somewhere. What was acknowledged comes back.
async fn live(store: &Store, conditions: Conditions) -> Vec<&'static str> {
    let mut done = Vec::new();
    let Ok(factors) = open(store, conditions).await else { return done };
    for name in ["a", "b"] {
        if factors.put_all(&[change(name, "1"), change(&format!("{name}2"), "2")]).await.is_ok() {
            done.push(name);
        }
    }
    let mut import = Import::default();
    import.tag = Some("after".to_owned());
    let rows = ["i", "j"].map(|name| Candidate {
        row: None,
        factor: factor(name, "GB"),
        version: version(name, "3", "2020-01-01/..").into(),
    });
    if factors.import(rows, &import, |_| {}).await.is_ok() {
        done.push("import");
    }
    done
}

#[tokio::test]
async fn t13_whatever_a_crash_leaves_is_whole_and_doing_it_again_completes_it() {
    let worlds: [(fn() -> Store, Conditions); 2] = [
        (Store::memory, Conditions::Atomic),
        (|| weak::store(Weakness::Ignores), Conditions::OldestVersion),
    ];
    for (world, conditions) in worlds {
        let calm = world();
        let all = live(&calm, conditions).await;
        assert_eq!(all, ["a", "b", "import"]);
        let expected = shown(&open(&calm, conditions).await.unwrap());
        for fault in [Fault::Lost, Fault::Kept] {
            let mut died = 0;
            for at in 0.. {
                let calm = world();
                let backend =
                    Arc::new(Faulty::dies_at_write(calm.backend().clone(), at, fault.clone()));
                let done = live(&Store::new(backend.clone(), ""), conditions).await;
                if backend.met() == 0 {
                    break;
                }
                died += 1;
                // What another process finds: what was acknowledged, and of a batch all or nothing.
                let found = open(&calm, conditions).await.unwrap();
                let there = |name: &str| found.catalogue().factor(name).is_some();
                for name in ["a", "b"] {
                    let place = format!("{conditions:?} {fault:?} at write {at}");
                    assert!(!done.contains(&name) || there(name), "{place}: `{name}` is gone");
                    assert_eq!(
                        there(name),
                        there(&format!("{name}2")),
                        "{place}: half of `{name}`"
                    );
                }
                assert_eq!(live(&calm, conditions).await, all);
                let healed = open(&calm, conditions).await.unwrap();
                assert_eq!(shown(&healed), expected, "{conditions:?} {fault:?} at write {at}");
                verify(&calm, options(&clock())).await.unwrap();
            }
            assert!(died >= 5, "{died} places to die");
        }
    }
}

/// What counts, without what chance or the clock decides.
fn shown(factors: &FactorStore) -> Vec<String> {
    let names = ["a", "a2", "b", "b2", "i", "j"];
    let figure = |name: &str| {
        let answer = factors.get_at(name, day("2024-01-01"), &KnownAt::Tag("after".to_owned()));
        format!("{name} {}", told(&answer.unwrap()))
    };
    let mut shown: Vec<_> = names.map(figure).into();
    shown.push(format!("{} events", factors.catalogue().next_seq()));
    shown
}

#[tokio::test]
async fn t30_a_version_that_was_altered_is_reported_and_not_served() {
    let world = World::new().await;
    world.factors.import(edition(2023), &Import::default(), |_| {}).await.unwrap();
    let key = "evt/00000000000000000000";
    let body = world.store.get(key).await.unwrap().body;
    // The frames behind the first hold the versions. Pack one of them anew, with one digit changed.
    let end = zstd::zstd_safe::find_frame_compressed_size(&body).unwrap();
    let lines = zstd::decode_all(&body[end..]).unwrap();
    let text = String::from_utf8(lines).unwrap();
    let figure = edition(2023)[3].version.gases["co2e"].to_string();
    let altered = text.replace(&figure, &figure.replacen(|it: char| it != '9', "9", 1));
    assert_ne!(altered, text);
    let frame = storage_core::factors::batch::pack(altered.as_bytes());
    let (head, rest) = body.split_at(end);
    let lines = String::from_utf8(zstd::decode_all(head).unwrap()).unwrap();
    let (header, events) = lines.split_once('\n').unwrap();
    let mut header: serde_json::Value = serde_json::from_str(header).unwrap();
    assert_ne!(rest, frame);
    header["blocks"] = serde_json::json!([[frame.len(), 124]]);
    let lines = format!("{header}\n{events}");
    let mut forged = storage_core::factors::batch::pack(lines.as_bytes());
    forged.extend_from_slice(&frame);
    world.store.put(key, forged, &Put::default()).await.unwrap();

    let factors = world.reopened().await;
    let name = edition(2023)[3].factor.factor_id.clone();
    let error = factors.get_at(name.as_str(), day("2023-06-01"), &KnownAt::Now).unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("factors.version_altered", 7));
    assert!(error.to_string().contains(name.as_str()), "{error}");
    let sound = edition(2023)[4].factor.factor_id.clone();
    assert!(factors.get_at(sound.as_str(), day("2023-06-01"), &KnownAt::Now).is_ok());
    let error = verify(&world.store, options(&world.clock)).await.unwrap_err();
    assert_eq!(error.exit_status(), 7);
}

#[tokio::test]
async fn a_batch_with_any_byte_changed_or_missing_is_found() {
    let world = World::new().await;
    world.put("a", "1", "2020-01-01/..").await;
    world.put("a", "2", "2021-01-01/..").await;
    let key = "evt/00000000000000000000";
    let body = world.store.get(key).await.unwrap().body;
    for at in 0..body.len() {
        let mut forged = body.to_vec();
        forged[at] ^= 0x20;
        world.store.put(key, forged, &Put::default()).await.unwrap();
        let opened = FactorStore::open(&world.store, options(&world.clock)).await;
        assert_eq!(opened.unwrap_err().exit_status(), 7, "byte {at}");
    }
    world.store.put(key, body.slice(..body.len() - 1), &Put::default()).await.unwrap();
    let opened = FactorStore::open(&world.store, options(&world.clock)).await;
    assert_eq!(opened.unwrap_err().code(), "factors.batch_invalid");
    world.store.delete(key).await.unwrap();
    let opened = FactorStore::open(&world.store, options(&world.clock)).await;
    assert_eq!(opened.unwrap_err().code(), "factors.batch_invalid");
    world.store.delete("factors").await.unwrap();
    let opened = FactorStore::open(&world.store, options(&world.clock)).await;
    assert_eq!(opened.unwrap_err().code(), "factors.document_invalid");
    let mut nothing = options(&world.clock);
    nothing.create = false;
    let opened = FactorStore::open(&Store::memory(), nothing).await;
    assert_eq!(opened.unwrap_err().exit_status(), 3);
}

#[tokio::test]
async fn the_cache_is_used_and_not_believed() {
    let world = World::new().await;
    for nth in 0..5 {
        world.put("a", &format!("{nth}"), "2020-01-01/..").await;
    }
    let folder = tempfile::tempdir().unwrap();
    let cached = || {
        let mut options = options(&world.clock);
        options.cache = Some(folder.path().to_owned());
        options
    };
    let reads = async |store: &Store| {
        let counted = Arc::new(Faulty::new(store.backend().clone(), |_| None));
        let factors = FactorStore::open(&Store::new(counted.clone(), ""), cached()).await.unwrap();
        let answer = factors.get_at("a", day("2024-01-01"), &KnownAt::Now).unwrap();
        assert_eq!(told(&answer), "4");
        counted.calls()
    };
    let cold = reads(&world.store).await;
    let warm = reads(&world.store).await;
    assert_eq!(cold - warm, 4, "only the newest batch is fetched: {cold} and {warm} requests");
    let kept = folder.path().join("factors").join(&world.factors.document().store_id);
    let file = kept.join("00000000000000000002");
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    reads(&world.store).await;
    assert_ne!(std::fs::read(&file).unwrap(), bytes, "it was fetched anew");
    std::fs::remove_dir_all(&kept).unwrap();
    std::fs::write(&kept, "in the way").unwrap();
    assert!(reads(&world.store).await >= cold);
}

#[tokio::test]
async fn every_batch_is_recorded_in_the_ledger_also_after_a_crash() {
    let world = World::new().await;
    let ledger = Ledger::open(&world.store.at("log"), logs::quick()).await.unwrap();
    let with_ledger = || {
        let mut options = options(&world.clock);
        options.ledger = Some(ledger.clone());
        options
    };
    let factors = FactorStore::open(&world.store, with_ledger()).await.unwrap();
    factors.import(edition(2023), &Import::default(), |_| {}).await.unwrap();
    factors.withdraw(&edition(2023)[0].factor.factor_id, None, &Terms::default()).await.unwrap();
    // Written by a process that died before it told the ledger.
    let silent = world.reopened().await;
    silent.tag("t", None, &Terms::default()).await.unwrap();
    for _ in 0..2 {
        FactorStore::open(&world.store, with_ledger()).await.unwrap();
    }
    ledger.close().await.unwrap();
    let names = logs::names(&logs::records(&world.store.at("log")).await);
    let id = |seq: u64| format!("factors/{}/{seq}", world.factors.document().store_id);
    let expected = [0, 124, 125].map(|seq| (id(seq), 1));
    assert_eq!(names.into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(expected));
}

#[tokio::test]
async fn several_changes_are_made_together_or_not_at_all() {
    let world = World::new().await;
    let mut changes = vec![change("a", "1"), change("b", "2")];
    let alias = Change::Alias { factor_id: id("a"), alias: id("b") };
    changes.push((alias, Terms::default()));
    let error = world.factors.put_all(&changes).await.unwrap_err();
    assert_eq!(error.code(), "factors.alias_taken");
    assert_eq!(world.factors.catalogue().next_seq(), 0);
    let keys: Vec<_> = world.store.list_all("evt/", None).try_collect::<Vec<_>>().await.unwrap();
    assert!(keys.is_empty());
    changes[2].0 = Change::Alias { factor_id: id("a"), alias: id("a'") };
    assert_eq!(world.factors.put_all(&changes).await.unwrap().len(), 3);
    assert_eq!(world.figure("a'", "2024-01-01", &KnownAt::Now), "1");
}

#[tokio::test]
async fn a_busy_store_is_an_error_that_says_what_is_certain() {
    for (fault, code) in [(Fault::Busy, "factors.not_stored"), (Fault::Lost, "factors.unknown")] {
        let calm = Store::memory();
        open(&calm, Conditions::Atomic).await.unwrap();
        let plan =
            move |call: &platform::store::fault::Call<'_>| call.is_write().then(|| fault.clone());
        let faulty = Store::new(Arc::new(Faulty::new(calm.backend().clone(), plan)), "");
        let factors = open(&faulty, Conditions::Atomic).await.unwrap();
        let error = factors.put_all(&[change("a", "1")]).await.unwrap_err();
        assert_eq!((error.code(), error.exit_status()), (code, 6));
    }
}
