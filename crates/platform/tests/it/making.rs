//! Logs made by hand, byte for byte, so that they can be made wrongly too.

use std::sync::Arc;
use std::time::Duration;

use audit_chain::Hash;
use audit_chain::checkpoint::Checkpoint;
use audit_chain::json::Value;
use audit_chain::keyring::{Key, Keyring};
use audit_chain::note::Signer;
use audit_chain::record::{Event, Head};
use audit_chain::segment::{Builder, Compression};
use audit_chain::tile;
use platform::clock::SetClock;
use platform::ledger::{LogDocument, VerifyOptions};
use platform::store::{BucketState, Conditions, Memory, Precondition, Put, Store, Versioning};

pub(super) const ORIGIN: &str = "example.com/log";
pub(super) const LOG_ID: &str = "log-1";

/// A log that grows.
pub(super) struct Maker {
    pub(super) store: Store,
    pub(super) clock: Arc<SetClock>,
    pub(super) signer: Signer,
    pub(super) compression: Compression,
    /// The hashes of all records.
    pub(super) hashes: Vec<Hash>,
    /// The first record and the body of each segment.
    pub(super) segments: Vec<(u64, Vec<u8>)>,
    /// Sizes of the checkpoints.
    pub(super) checkpoints: Vec<u64>,
    tiles: tile::Builder,
    stamp: u64,
}

/// A bucket in memory, with versions or without, and the clock it lives by.
pub(super) fn bucket(versioning: Versioning) -> (Store, Arc<SetClock>) {
    let clock = Arc::new(SetClock::at("2026-03-01T12:00:00Z".parse().expect("a moment")));
    let mut state = BucketState::plain();
    state.versioning = versioning;
    let memory = Memory::new(state, clock.clone()).expect("such a bucket can be");
    (Store::new(Arc::new(memory), "log"), clock)
}

pub(super) fn signer(seed: u8) -> Signer {
    Signer::from_seed(ORIGIN, &[seed; 32]).expect("a good name")
}

/// Trusts the key of this seed.
pub(super) fn keyring(seed: u8) -> Keyring {
    let keys = vec![Key::always(signer(seed).verifier_key())];
    Keyring::new(keys, Vec::new(), 0).expect("one key")
}

/// What an auditor asks for who has the right key.
pub(super) fn options() -> VerifyOptions {
    let mut options = VerifyOptions::default();
    options.keyring = Some(keyring(7));
    options.require_anchor = true;
    options
}

pub(super) fn segment_key(number: u64) -> String {
    format!("seg/{number:020}")
}

pub(super) fn checkpoint_key(size: u64) -> String {
    format!("ckpt/{size:020}")
}

pub(super) fn document(key: &Signer) -> LogDocument {
    LogDocument {
        v: 1,
        log_id: LOG_ID.to_owned(),
        origin: ORIGIN.to_owned(),
        conditions: Conditions::Atomic,
        max_segment_records: 4096,
        created_at: "2026-03-01T12:00:00Z".to_owned(),
        verifier_keys: vec![key.verifier_key()],
    }
}

pub(super) fn event(n: u64) -> Event {
    let details =
        Value::Object(vec![("note".into(), Value::from("the \"record_hash\": of a day"))]);
    Event::new("report.read", "alice", format!("report/{n}"), "read", details)
}

impl Maker {
    pub(super) async fn new(versioning: Versioning, compression: Compression) -> Self {
        let (store, clock) = bucket(versioning);
        let maker = Self {
            store,
            clock,
            signer: signer(7),
            compression,
            hashes: Vec::new(),
            segments: Vec::new(),
            checkpoints: Vec::new(),
            tiles: tile::Builder::new(),
            stamp: 0,
        };
        let body = serde_json::to_vec(&document(&maker.signer)).expect("plain data");
        put(&maker.store, "log", &body).await;
        maker
    }

    /// The same log in a store of its own.
    pub(super) async fn copy(&self) -> Self {
        let versioning = self.store.bucket().await.expect("it says").versioning;
        let (store, clock) = bucket(versioning);
        for key in keys(&self.store, "").await {
            put(&store, &key, &get(&self.store, &key).await).await;
        }
        Self {
            store,
            clock,
            signer: signer(7),
            compression: self.compression,
            hashes: self.hashes.clone(),
            segments: self.segments.clone(),
            checkpoints: self.checkpoints.clone(),
            tiles: self.tiles.clone(),
            stamp: self.stamp,
        }
    }

    pub(super) fn head(&self) -> Head {
        Head { size: self.hashes.len() as u64, last_hash: self.hashes.last().copied() }
    }

    /// Adds a segment of so many records.
    pub(super) async fn segment(&mut self, records: u64) {
        let events: Vec<Event> = (0..records).map(event).collect();
        self.segment_of(&events, &[]).await;
    }

    /// Adds a segment of these events, the latter of the ledger's own.
    pub(super) async fn segment_of(&mut self, events: &[Event], own: &[Event]) {
        let number = self.hashes.len() as u64;
        let mut builder =
            Builder::new(LOG_ID, Some("writer-1"), [self.stamp as u8; 16], self.head());
        for event in events {
            let time = self.time();
            builder.push(event, &time).expect("a plain event");
        }
        for event in own {
            let time = self.time();
            builder.push_own(event, &time).expect("an event of the ledger");
        }
        let segment = builder.finish(self.compression).expect("it has records");
        put(&self.store, &segment_key(number), &segment.body).await;
        segment.hashes.iter().for_each(|hash| self.tiles.append(*hash));
        self.hashes.extend(&segment.hashes);
        self.segments.push((number, segment.body));
        self.clock.advance(Duration::from_secs(600));
    }

    fn time(&mut self) -> String {
        self.stamp += 1;
        let (hours, minutes, seconds) =
            (self.stamp / 3600 % 24, self.stamp / 60 % 60, self.stamp % 60);
        format!("2026-03-01T{hours:02}:{minutes:02}:{seconds:02}.000000Z")
    }

    /// Seals everything so far.
    pub(super) async fn checkpoint(&mut self) {
        let size = self.tiles.size();
        let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size, root: self.tiles.root() };
        for file in self.tiles.seal() {
            put(&self.store, &file.path, &file.body).await;
        }
        let note = checkpoint.sign(&[&self.signer]).expect("a good checkpoint");
        put(&self.store, &checkpoint_key(size), note.as_bytes()).await;
        self.checkpoints.push(size);
        self.clock.advance(Duration::from_secs(600));
    }
}

/// Stores an object where none is.
pub(super) async fn put(store: &Store, key: &str, body: &[u8]) {
    let mut put = Put::default();
    put.precondition = Precondition::Absent;
    store.put(key, body.to_vec(), &put).await.expect("nothing is there");
}

/// Puts other bytes in the place of what is there, without a trace.
pub(super) async fn replace(store: &Store, key: &str, body: &[u8]) {
    erase(store, key).await;
    put(store, key, body).await;
}

/// Removes an object with all its versions, without a trace.
pub(super) async fn erase(store: &Store, key: &str) {
    let versions = store.list_versions(key, None).await.expect("it can be listed").entries;
    let plain = store.bucket().await.expect("it says").versioning == Versioning::Off;
    for entry in versions.iter().filter(|entry| entry.key.as_str() == key) {
        if plain {
            store.delete(key).await.expect("it is not protected");
        } else {
            store.delete_version(key, &entry.version, true).await.expect("it is not protected");
        }
    }
}
/// What a plain read gives.
pub(super) async fn get(store: &Store, key: &str) -> Vec<u8> {
    store.get(key).await.expect("it is there").body.to_vec()
}

/// The keys under a prefix.
pub(super) async fn keys(store: &Store, prefix: &str) -> Vec<String> {
    use futures_util::TryStreamExt as _;
    let listed: Vec<_> =
        store.list_all(prefix, None).try_collect().await.expect("it can be listed");
    listed.into_iter().map(|it| it.key.as_str().to_owned()).collect()
}
