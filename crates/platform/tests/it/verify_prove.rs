//! Evidence for one record, with few reads.

use std::sync::Arc;

use audit_chain::checkpoint::Checkpoint;
use audit_chain::merkle::{self, Nodes, leaf_hash};
use audit_chain::record::Head;
use audit_chain::segment::{Builder, Compression};
use audit_chain::tile;
use audit_chain::verify::verify_evidence;
use audit_chain::{Hash, Result};
use platform::ledger::{self, RecordName};
use platform::store::fault::Faulty;
use platform::store::{Store, Versioning};

use super::making::{
    LOG_ID, Maker, ORIGIN, bucket, checkpoint_key, document, erase, event, keyring, put, replace,
    segment_key, signer,
};

#[tokio::test]
async fn every_sealed_record_can_be_proved_and_no_other() {
    let mut log = Maker::new(Versioning::On, Compression::Zstd(3)).await;
    for records in [1, 255, 1, 700] {
        log.segment(records).await;
    }
    log.checkpoint().await;
    log.segment(2).await;
    for seq in [0, 1, 255, 256, 257, 300, 956] {
        let evidence = ledger::prove(&log.store, RecordName::Seq(seq)).await.unwrap();
        assert_eq!(evidence.record_hash, log.hashes[seq as usize]);
        let line = evidence.line.unwrap();
        let file = evidence.proof.to_text();
        assert_eq!(verify_evidence(&file, &line, &keyring(7)).unwrap().index, seq);
        assert!(verify_evidence(&file, &line, &keyring(8)).is_err(), "another key");
        let altered = String::from_utf8(line.clone()).unwrap().replace("alice", "mallory");
        assert!(verify_evidence(&file, altered, &keyring(7)).is_err());
        let other = ledger::prove(&log.store, RecordName::Seq(seq + 1 - 2 * (seq / 956))).await;
        let other = other.unwrap().proof.to_text();
        assert!(verify_evidence(other, &line, &keyring(7)).is_err(), "another record's proof");

        let named = RecordName::Hash(log.hashes[seq as usize]);
        assert_eq!(ledger::prove(&log.store, named).await.unwrap().proof.index, seq);
    }
    let code = async |record| ledger::prove(&log.store, record).await.unwrap_err().code();
    assert_eq!(code(RecordName::Seq(957)).await, "ledger.not_sealed");
    assert_eq!(code(RecordName::Seq(959)).await, "ledger.no_such_record");
    assert_eq!(code(RecordName::Hash(log.hashes[958])).await, "ledger.no_such_hash");
}

#[tokio::test]
async fn tiles_that_are_gone_or_wrong_give_no_proof() {
    let mut log = Maker::new(Versioning::Off, Compression::None).await;
    log.segment(300).await;
    log.checkpoint().await;
    let path = "tile/0/001.p/44";
    replace(&log.store, path, &[0; 44 * 32]).await;
    let error = ledger::prove(&log.store, RecordName::Seq(3)).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("ledger.unsound", 7));
    erase(&log.store, path).await;
    let error = ledger::prove(&log.store, RecordName::Seq(3)).await.unwrap_err();
    assert_eq!(error.code(), "ledger.tile_missing");
    // The body may go: the proof alone is still made.
    let mut log = Maker::new(Versioning::Off, Compression::None).await;
    log.segment(300).await;
    log.checkpoint().await;
    erase(&log.store, &segment_key(0)).await;
    let evidence = ledger::prove(&log.store, RecordName::Seq(3)).await.unwrap();
    assert_eq!((evidence.line, evidence.record_hash), (None, log.hashes[3]));
    evidence.proof.verify(log.hashes[3], &keyring(7)).unwrap();
}

/// Ten million records of which all but those of one segment are the same.
struct Vast {
    first: u64,
    special: Vec<Hash>,
    /// The subtrees over records that are all the same, by height.
    plain: Vec<Hash>,
}

impl Nodes for Vast {
    fn node(&self, level: u32, index: u64) -> Result<Hash> {
        let (begin, end) = (index << level, (index + 1) << level);
        if end <= self.first || self.first + self.special.len() as u64 <= begin {
            return Ok(self.plain[level as usize]);
        }
        match level.checked_sub(1) {
            None => Ok(leaf_hash(&self.special[(begin - self.first) as usize].0)),
            Some(below) => Ok(merkle::node_hash(
                self.node(below, index * 2)?,
                self.node(below, index * 2 + 1)?,
            )),
        }
    }
}

#[tokio::test]
async fn a_record_among_ten_million_is_proved_with_under_thirty_small_reads() {
    const SIZE: u64 = 10_000_000;
    const FIRST: u64 = 7_654_000;
    let same = Hash::of(b"the same");
    let head = Head { size: FIRST, last_hash: Some(same) };
    let mut builder = Builder::new(LOG_ID, None, [1; 16], head);
    for n in 0..1000 {
        builder.push(&event(n), "2026-03-01T12:00:00.000000Z").unwrap();
    }
    let segment = builder.finish(Compression::Zstd(3)).unwrap();
    let mut plain = vec![leaf_hash(&same.0)];
    (0..24).for_each(|level| plain.push(merkle::node_hash(plain[level], plain[level])));
    let log = Vast { first: FIRST, special: segment.hashes.clone(), plain };

    let (store, _) = bucket(Versioning::On);
    let key = signer(7);
    put(&store, "log", &serde_json::to_vec(&document(&key)).unwrap()).await;
    for number in (0..SIZE).step_by(1000) {
        let body = if number == FIRST { &segment.body[..] } else { b"-" };
        put(&store, &segment_key(number), body).await;
    }
    for size in (50_000..SIZE).step_by(50_000) {
        put(&store, &checkpoint_key(size), b"-").await;
    }
    let root = merkle::subtree(0..SIZE, &log).unwrap();
    let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size: SIZE, root };
    put(&store, &checkpoint_key(SIZE), checkpoint.sign(&[&key]).unwrap().as_bytes()).await;
    // The tiles of the right edge and of every record of the segment, as a log has them.
    let mut wanted: Vec<_> = tile::for_root(SIZE);
    (FIRST..FIRST + 1000).for_each(|seq| wanted.extend(tile::for_inclusion(seq, SIZE).unwrap()));
    wanted.sort_unstable();
    wanted.dedup();
    for tile in wanted {
        let begin = tile.index() * 256;
        let nodes = (begin..begin + u64::from(tile.width()))
            .map(|index| log.node(8 * u32::from(tile.level()), index).unwrap());
        let body: Vec<u8> = nodes.flat_map(|hash| hash.0).collect();
        put(&store, &tile.path(), &body).await;
    }

    let mut most = 0;
    for seq in [FIRST, FIRST + 321, FIRST + 999] {
        let counting = Arc::new(Faulty::new(store.backend().clone(), |_| None));
        let counted = Store::new(counting.clone(), store.prefix());
        let evidence = ledger::prove(&counted, RecordName::Seq(seq)).await.unwrap();
        let line = evidence.line.unwrap();
        verify_evidence(evidence.proof.to_text(), line, &keyring(7)).unwrap();
        most = most.max(counting.calls());
    }
    assert!(most < 30, "{most} requests");
    // Deliberately tight: more than this means that something is read in vain.
    assert!(most <= 20, "{most} requests");
}
