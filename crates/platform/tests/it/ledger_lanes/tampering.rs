//! Each deed is done to a copy of an honest ledger whose lanes all hold, and to nothing else.

use super::*;

/// An honest ledger of three lanes: each has records that were bound twice, and lane 0 one that
/// nothing binds yet.
struct Honest {
    store: Store,
    /// As it was at the first seal.
    earlier: Store,
}

async fn copied(from: &Store) -> Store {
    let to = making::bucket(Versioning::On).0;
    for key in making::keys(from, "").await {
        making::put(&to, &key, &making::get(from, &key).await).await;
    }
    to
}

/// Names that go to each of three lanes.
fn names(lane: u16, round: &str) -> Vec<String> {
    let names = (0..).map(|n| format!("{round}/{n}"));
    names.filter(|name| lanes::lane_of(name, 3) == lane).take(2).collect()
}

async fn append(ledger: &Lanes, round: &str) {
    for lane in 0..3 {
        for name in names(lane, round) {
            assert_eq!(ledger.append(event(name)).await.unwrap().lane, lane);
        }
    }
}

async fn honest() -> Honest {
    let store = making::bucket(Versioning::On).0;
    let ledger = open(&store, 3).await;
    append(&ledger, "one").await;
    ledger.checkpoint().await.unwrap();
    let earlier = copied(&store).await;
    append(&ledger, "two").await;
    ledger.close().await.unwrap();
    Honest { store, earlier }
}

/// Takes away everything under a prefix.
async fn erase(store: &Store, prefix: &str) {
    for key in making::keys(store, prefix).await {
        making::erase(store, &key).await;
    }
}

/// Puts what another store has under a prefix in the place of what is there.
async fn put_back(store: &Store, from: &Store, prefix: &str) {
    erase(store, prefix).await;
    for key in making::keys(from, prefix).await {
        making::put(store, &key, &making::get(from, &key).await).await;
    }
}

/// One deed, by name; gives how it may be called, and where.
async fn deed(name: &str, Honest { store, earlier }: &Honest) -> (&'static [Kind], &'static str) {
    match name {
        "a lane put back to what it was" => {
            put_back(store, earlier, "lane/001/").await;
            (&[Kind::RolledBack], "lane/001")
        }
        "a lane removed whole" => {
            erase(store, "lane/002/").await;
            (&[Kind::MissingLogDocument], "lane/002")
        }
        "a lane removed but for its document" => {
            erase(store, "lane/002/seg/").await;
            erase(store, "lane/002/ckpt/").await;
            (&[Kind::RolledBack], "lane/002")
        }
        "two lanes exchanged" => {
            let copy = copied(store).await;
            for (to, from) in [("lane/000/", "lane/001/"), ("lane/001/", "lane/000/")] {
                erase(store, to).await;
                for key in making::keys(&copy, from).await {
                    let there = key.replacen(from, to, 1);
                    making::put(store, &there, &making::get(&copy, &key).await).await;
                }
            }
            (&[Kind::Malformed], "lane/000")
        }
        "a lane written anew by who has the key" => {
            erase(store, "lane/001/").await;
            let mut options = signing();
            options.log_id = Some(lanes::lane_id("orders", 1));
            options.origin = Some("strongroom/orders/lane/001".to_owned());
            let other = Ledger::open(&store.at("lane/001"), options).await.unwrap();
            for _ in 0..4 {
                other.append(event("forged")).await.unwrap();
            }
            other.close().await.unwrap();
            (&[Kind::Fork, Kind::RolledBack], "lane/001")
        }
        "a lane with another history from its first seal on" => {
            put_back(store, earlier, "lane/001/").await;
            let other = Ledger::open(&store.at("lane/001"), signing()).await.unwrap();
            for name in ["x", "y", "z"] {
                other.append(event(name)).await.unwrap();
            }
            other.close().await.unwrap();
            (&[Kind::Fork], "lane/001")
        }
        "a lane cut in the middle of what is bound" => {
            erase(store, "lane/001/ckpt/00000000000000000004").await;
            erase(store, "lane/001/seg/00000000000000000003").await;
            (&[Kind::RolledBack], "lane/001")
        }
        "a byte of a record in a lane" => {
            let key = "lane/000/seg/00000000000000000001";
            let body = String::from_utf8(making::get(store, key).await).unwrap();
            making::replace(store, key, body.replace("alice", "malice").as_bytes()).await;
            (&[Kind::ContentAltered], "lane/000")
        }
        "a delete marker over a segment of a lane" => {
            store.delete("lane/000/seg/00000000000000000001").await.unwrap();
            (&[Kind::DeleteMarker], "lane/000")
        }
        "the root log removed whole" => {
            erase(store, "root/").await;
            (&[Kind::Truncated], "root")
        }
        "the root log removed but for its document" => {
            erase(store, "root/seg/").await;
            erase(store, "root/ckpt/").await;
            (&[Kind::Truncated], "root")
        }
        "a record about a lane that there is not" => {
            bind(store, 3, "orders.lane-003").await;
            (&[Kind::Malformed], "root")
        }
        "a record about a lane under another name" => {
            bind(store, 2, "orders.lane-001").await;
            (&[Kind::Malformed], "root")
        }
        "a record that binds more than a lane has" => {
            let bound = Bound {
                lane: 2,
                log_id: lanes::lane_id("orders", 2),
                size: 9,
                root: audit_chain::Hash::of(b"nothing"),
            };
            write_root(store, &[bound]).await;
            (&[Kind::RolledBack], "lane/002")
        }
        "one lane fewer in the document, and the lane gone" => {
            let document = String::from_utf8(making::get(store, "lanes").await).unwrap();
            let fewer = document.replace("\"lanes\":3", "\"lanes\":2");
            assert_ne!(document, fewer);
            making::replace(store, "lanes", fewer.as_bytes()).await;
            erase(store, "lane/002/").await;
            (&[Kind::Malformed], "root")
        }
        "one lane fewer in the document" => {
            let document = String::from_utf8(making::get(store, "lanes").await).unwrap();
            let fewer = document.replace("\"lanes\":3", "\"lanes\":2");
            making::replace(store, "lanes", fewer.as_bytes()).await;
            (&[Kind::Malformed], "lane/002")
        }
        "a newer document over the older" => {
            let document = String::from_utf8(making::get(store, "lanes").await).unwrap();
            let more = document.replace("\"lanes\":3", "\"lanes\":4");
            store.put("lanes", more, &Put::default()).await.unwrap();
            (&[Kind::ShadowedVersion], "lanes")
        }
        "the document of the lanes removed" => {
            making::erase(store, "lanes").await;
            (&[Kind::MissingLogDocument], "lanes")
        }
        "a log without lanes in the place of the ledger" => {
            let other = Store::memory();
            let single = Ledger::open(&other, signing()).await.unwrap();
            single.append(event("a")).await.unwrap();
            single.close().await.unwrap();
            put_back(store, &other, "seg/").await;
            put_back(store, &other, "ckpt/").await;
            put_back(store, &other, "log").await;
            (&[Kind::Malformed], "log")
        }
        other => panic!("nobody knows how to do `{other}`"),
    }
}

async fn bind(store: &Store, lane: u16, log_id: &str) {
    let root = audit_chain::merkle::empty_root();
    write_root(store, &[Bound { lane, log_id: log_id.to_owned(), size: 0, root }]).await;
}

/// Adds a record to the root log as whoever has the key can.
async fn write_root(store: &Store, bounds: &[Bound]) {
    use audit_chain::checkpoint::Checkpoint;
    use audit_chain::record::{Event, Head};
    use audit_chain::segment::{Builder, Compression};
    use audit_chain::tile;

    let root = store.at("root");
    let kept = records(&root).await;
    let head = Head { size: kept.len() as u64, last_hash: kept.last().map(|it| it.1) };
    let event = Event::new(lanes::BOUND, "strongroom", "orders", "bind", lanes::details(bounds));
    let mut builder = Builder::new("orders.root", None, [1; 16], head);
    builder.push_own(&event, "2026-03-01T12:00:00.000000Z").unwrap();
    let segment = builder.finish(Compression::None).unwrap();
    making::put(&root, &making::segment_key(head.size), &segment.body).await;
    let mut tree = tile::Builder::new();
    kept.iter().for_each(|it| tree.append(it.1));
    segment.hashes.iter().for_each(|hash| tree.append(*hash));
    let origin = "strongroom/orders/root".to_owned();
    let checkpoint = Checkpoint { origin, size: tree.size(), root: tree.root() };
    let note = checkpoint.sign(&[&signer()]).unwrap();
    making::put(&root, &making::checkpoint_key(checkpoint.size), note.as_bytes()).await;
    for file in tree.seal() {
        let body = file.body.to_vec();
        root.put(&file.path, body, &Put::default()).await.unwrap();
    }
}

/// What is done to the ledger, and whether the next writer refuses to go on with it (some it can only
/// be told by a verification).
const DEEDS: &[(&str, bool)] = &[
    ("a lane put back to what it was", true),
    ("a lane removed whole", true),
    ("a lane removed but for its document", true),
    ("two lanes exchanged", true),
    ("a lane written anew by who has the key", true),
    ("a lane with another history from its first seal on", true),
    ("a lane cut in the middle of what is bound", true),
    ("a byte of a record in a lane", false),
    ("a delete marker over a segment of a lane", false),
    ("the root log removed whole", true),
    ("the root log removed but for its document", true),
    ("a record about a lane that there is not", true),
    ("a record about a lane under another name", true),
    ("a record that binds more than a lane has", true),
    ("one lane fewer in the document, and the lane gone", true),
    ("one lane fewer in the document", true),
    ("a newer document over the older", false),
    ("the document of the lanes removed", true),
    ("a log without lanes in the place of the ledger", false),
];

#[tokio::test]
async fn whatever_is_done_to_one_lane_or_to_the_root_log_is_noticed_without_a_pin() {
    let sound = honest().await;
    let before = verify(&sound.store, &auditor()).await;
    assert_eq!(before.status, Verdict::Ok, "{before}");
    for (name, is_refused) in DEEDS {
        let store = copied(&sound.store).await;
        let ledger = Honest { store, earlier: copied(&sound.earlier).await };
        let (kinds, place) = deed(name, &ledger).await;
        let report = verify(&ledger.store, &auditor()).await;
        assert_eq!(report.status, Verdict::Tampered, "{name}: {report}");
        let there = |key: &Option<String>| key.as_ref().is_some_and(|key| key.starts_with(place));
        let mut named = report.findings.iter().filter(|it| kinds.contains(&it.kind));
        assert!(named.any(|it| there(&it.key)), "{name}: {report}");
        assert!(report.pin().is_none(), "{name}");
        let mut options = options(3);
        options.lanes = None;
        let opened = Lanes::open(&ledger.store, options).await;
        let refused = matches!(&opened, Err(Error::Poisoned { .. }));
        assert_eq!(refused, *is_refused, "{name}: {opened:?}");
    }
}

/// The end of a lane that nothing binds is as easily cut off as that of any log; a pin shows it.
#[tokio::test]
async fn a_pin_remembers_every_lane_and_the_ledger_as_a_whole() {
    let sound = honest().await;
    let ledger = open(&sound.store, 3).await;
    ledger.append(event("unbound")).await.unwrap();
    let mut pinned = auditor();
    let report = verify(&sound.store, &pinned).await;
    assert_eq!(report.status, Verdict::Ok, "{report}");
    pinned.pin = report.pin();
    let json = pinned.pin.clone().unwrap().to_json();
    let read = audit_chain::verify::Pin::read(json.as_bytes()).unwrap();
    assert_eq!(Some(read), pinned.pin, "{json}");
    let lane = ledger.lane_of("unbound");
    let key = format!("{}/{}", folder(lane), making::segment_key(4));

    let cut = copied(&sound.store).await;
    making::erase(&cut, &key).await;
    assert_eq!(verify(&cut, &auditor()).await.status, Verdict::Ok, "nobody else can tell");
    let report = verify(&cut, &pinned).await;
    assert!(report.findings.iter().any(|it| it.kind == Kind::RolledBack), "{report}");

    // Everything as it was earlier.
    let report = verify(&sound.earlier, &pinned).await;
    assert!(report.findings.iter().any(|it| it.kind == Kind::RolledBack), "{report}");
    // Another ledger altogether, whole and signed with the same key.
    let other = Store::memory();
    let mut options = options(3);
    options.log.log_id = Some("invoices".to_owned());
    Lanes::open(&other, options).await.unwrap().close().await.unwrap();
    let report = verify(&other, &pinned).await;
    assert!(report.findings.iter().any(|it| it.kind == Kind::Fork), "{report}");

    // And whoever only wrote more is believed.
    ledger.close().await.unwrap();
    let report = verify(&sound.store, &pinned).await;
    assert_eq!(report.status, Verdict::Ok, "{report}");
}
