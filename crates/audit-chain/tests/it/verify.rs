//! Whole logs, honest and otherwise, without a store.

use audit_chain::Hash;
use audit_chain::checkpoint::Checkpoint;
use audit_chain::json::Value;
use audit_chain::keyring::{Key, Keyring};
use audit_chain::merkle::{Range, leaf_hash};
use audit_chain::note::Signer;
use audit_chain::record::{Event, Head};
use audit_chain::segment::{Builder, CheckOptions, Compression, Segment, check};
use audit_chain::verify::{
    Kind, LEGACY_IMPORT, LogOptions, LogVerifier, PRUNED, Pin, Report, Verdict,
};

const ORIGIN: &str = "example.com/log";

/// A log of segments with three records each.
struct Log {
    segments: Vec<Segment>,
    hashes: Vec<Hash>,
}

impl Log {
    fn of(segments: u64) -> Self {
        let mut log = Self { segments: Vec::new(), hashes: Vec::new() };
        (0..segments).for_each(|n| log.add(n, None));
        log
    }

    fn head(&self) -> Head {
        Head { size: self.hashes.len() as u64, last_hash: self.hashes.last().copied() }
    }

    fn add(&mut self, n: u64, own: Option<Event>) {
        let mut builder = Builder::new("log-1", None, [n as u8; 16], self.head());
        for record in 0..3 {
            let details = Value::Object(vec![("n".into(), Value::from(record))]);
            let event = Event::new("report.read", "alice", format!("report/{n}"), "read", details);
            let time = format!("2026-01-31T09:{:02}:{record:02}.000000Z", n % 60);
            builder.push(&event, &time).expect("a plain event");
        }
        if let Some(own) = own {
            builder.push_own(&own, "2026-01-31T10:00:00.000000Z").expect("an event of the ledger");
        }
        let segment = builder.finish(Compression::None).expect("it has records");
        self.hashes.extend(&segment.hashes);
        self.segments.push(segment);
    }

    fn root(&self, size: u64) -> Hash {
        let leaves = self.hashes.iter().take(size as usize).map(|hash| leaf_hash(&hash.0));
        Range::of(0, &leaves.collect::<Vec<_>>()).root()
    }

    fn checkpoint(&self, size: u64, signer: &Signer) -> (u64, String) {
        let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size, root: self.root(size) };
        (size, checkpoint.sign(&[signer]).expect("a good checkpoint"))
    }

    fn pin(&self, size: u64) -> Pin {
        Pin {
            v: 1,
            origin: ORIGIN.to_owned(),
            log_id: "log-1".to_owned(),
            size,
            root: self.root(size),
            last_hash: self.hashes.get(size as usize - 1).copied(),
            checkpoint: None,
            checkpoints: None,
            document: None,
            lanes: Vec::new(),
        }
    }
}

fn signer() -> Signer {
    Signer::from_seed(ORIGIN, &[7; 32]).expect("a good name")
}

fn options() -> LogOptions {
    let keys = vec![Key::always(signer().verifier_key())];
    LogOptions {
        log_id: Some("log-1".to_owned()),
        origin: Some(ORIGIN.to_owned()),
        keyring: Some(Keyring::new(keys, vec![], 0).expect("one key")),
        ..LogOptions::default()
    }
}

/// Verifies segments, given by number and body, and checkpoints.
fn verify(
    options: LogOptions,
    segments: &[(u64, &[u8])],
    checkpoints: &[(u64, String)],
    fill: Option<&[Hash]>,
) -> Report {
    let mut split_at: Vec<u64> = checkpoints.iter().map(|(size, _)| *size).collect();
    split_at.extend(options.pin.as_ref().map(|pin| pin.size));
    split_at.sort_unstable();
    let mut verifier = LogVerifier::new(options);
    for (size, note) in checkpoints {
        verifier.checkpoint(&format!("ckpt/{size:020}"), *size, note.as_bytes());
    }
    for (number, body) in segments {
        if let Some(hashes) = fill.filter(|_| *number > verifier.next()) {
            let gap = verifier.next() as usize..*number as usize;
            verifier.fill(&hashes[gap]);
        }
        let checked =
            check(*number, body, &CheckOptions { log_id: Some("log-1"), split_at: &split_at });
        verifier.segment(&format!("seg/{number:020}"), checked, &[]);
    }
    verifier.finish()
}

fn stored(log: &Log) -> Vec<(u64, &[u8])> {
    log.segments.iter().map(|it| (it.header.first_seq, it.body.as_slice())).collect()
}

fn kinds(report: &Report) -> Vec<Kind> {
    let mut kinds: Vec<Kind> = report.findings.iter().map(|finding| finding.kind).collect();
    kinds.sort_unstable();
    kinds.dedup();
    kinds
}

#[test]
fn an_honest_log_is_whole_and_says_how_far_it_is_sealed() {
    let log = Log::of(5);
    let checkpoints = [log.checkpoint(4, &signer()), log.checkpoint(12, &signer())];
    let report = verify(options(), &stored(&log), &checkpoints, None);
    assert_eq!((report.status, report.records, report.segments), (Verdict::Ok, 15, 5), "{report}");
    assert_eq!((report.checkpoints, report.sealed_size, report.anchored), (2, 12, true));
    assert_eq!(report.root, Some(log.root(15)));
    assert_eq!(kinds(&report), [Kind::UnsealedTail]);
    assert_eq!(report.pin().map(|pin| pin.size), Some(15));

    let sealed = LogOptions { require_sealed: true, ..options() };
    assert_eq!(verify(sealed, &stored(&log), &checkpoints, None).status, Verdict::CouldNotVerify);
    let unsigned = LogOptions { keyring: None, require_anchor: true, ..options() };
    let report = verify(unsigned.clone(), &stored(&log), &[], None);
    assert_eq!(report.status, Verdict::CouldNotVerify, "nobody vouches for it");
    let pinned = LogOptions { pin: Some(log.pin(7)), ..unsigned };
    assert_eq!(verify(pinned, &stored(&log), &[], None).status, Verdict::Ok, "the pin does");
}

#[test]
fn what_is_removed_swapped_or_added_has_a_name() {
    let log = Log::of(5);
    let all = stored(&log);
    let checkpoints = [log.checkpoint(6, &signer()), log.checkpoint(15, &signer())];
    let tampered = |segments: &[(u64, &[u8])]| {
        let report = verify(options(), segments, &checkpoints, None);
        assert_eq!(report.status, Verdict::Tampered, "{report}");
        kinds(&report)
    };
    assert_eq!(tampered(&[&all[..2], &all[3..]].concat()), [Kind::Gap, Kind::UnsealedTail]);
    assert_eq!(tampered(&all[..4]), [Kind::Truncated, Kind::UnsealedTail]);
    assert!(tampered(&[]).contains(&Kind::Truncated));
    let doubled = [&all[..2], &[(4, all[1].1)], &all[2..]].concat();
    assert!(tampered(&doubled).contains(&Kind::Fork));
    let swapped = [all[0], (3, all[2].1), (6, all[1].1), all[3], all[4]];
    assert!(tampered(&swapped).contains(&Kind::Malformed));

    // Computed anew from the second segment on: only the checkpoint knows.
    let mut forged = Log::of(1);
    (11..15).for_each(|n| forged.add(n, None));
    assert!(tampered(&stored(&forged)).contains(&Kind::BadCheckpoint));
    // Half of it: the link breaks.
    let half = [&all[..2], &stored(&forged)[2..]].concat();
    assert!(tampered(&half).contains(&Kind::LinkBroken));
}

#[test]
fn checkpoints_are_held_against_the_keyring_and_each_other() {
    let (log, mut other) = (Log::of(3), Log::of(2));
    other.add(9, None);
    let stranger = Signer::from_seed(ORIGIN, &[8; 32]).unwrap();
    let verdict =
        |checkpoints: &[(u64, String)]| kinds(&verify(options(), &stored(&log), checkpoints, None));
    let right = log.checkpoint(9, &signer());
    assert_eq!(verdict(std::slice::from_ref(&right)), []);
    let foreign = log.checkpoint(9, &stranger);
    assert_eq!(verdict(std::slice::from_ref(&foreign)), [Kind::KeyMismatch, Kind::UnsealedTail]);
    let claimed = LogOptions { keyring: None, ..options() };
    let report = verify(claimed, &stored(&log), &[foreign], None);
    assert_eq!(report.status, Verdict::CouldNotVerify, "nobody said which key is right");

    let wrong = other.checkpoint(9, &signer());
    let beside = [log.checkpoint(6, &signer()), wrong.clone()];
    let found = verdict(&beside);
    assert!(found.contains(&Kind::BadCheckpoint), "{found:?}");
    assert!(found.contains(&Kind::InconsistentCheckpoints), "{found:?}");
    let elsewhere = (8, right.1.clone());
    assert_eq!(verdict(&[elsewhere]), [Kind::BadCheckpoint, Kind::UnsealedTail]);
    let spoiled = (9, right.1.replacen("\n9\n", "\n9 \n", 1));
    assert_eq!(verdict(&[spoiled]), [Kind::BadCheckpoint, Kind::UnsealedTail]);
    let garbage = (9, "\u{0}".to_owned());
    assert_eq!(verdict(&[garbage]), [Kind::BadCheckpoint, Kind::UnsealedTail]);
}

#[test]
fn a_pin_notices_what_the_log_alone_cannot_show() {
    let log = Log::of(4);
    let pinned = LogOptions { pin: Some(log.pin(11)), ..options() };
    assert_eq!(verify(pinned.clone(), &stored(&log), &[], None).status, Verdict::Ok);
    let report = verify(pinned.clone(), &stored(&log)[..3], &[], None);
    assert_eq!(kinds(&report), [Kind::RolledBack, Kind::UnsealedTail]);
    let mut forged = Log::of(2);
    (7..9).for_each(|n| forged.add(n, None));
    assert_eq!(
        kinds(&verify(pinned, &stored(&forged), &[], None)),
        [Kind::Fork, Kind::UnsealedTail]
    );

    let sealed = Pin { checkpoint: Some(log.checkpoint(6, &signer()).1), ..log.pin(11) };
    let sealed = LogOptions { pin: Some(sealed), ..options() };
    let report = verify(sealed.clone(), &stored(&log), &[], None);
    assert_eq!(kinds(&report), [Kind::RolledBack, Kind::UnsealedTail], "its checkpoint is gone");
    let report = verify(sealed, &stored(&log), &[log.checkpoint(6, &signer())], None);
    assert_eq!(report.status, Verdict::Ok);
    let other = Pin { log_id: "log-2".to_owned(), ..log.pin(11) };
    let other = LogOptions { pin: Some(other), ..options() };
    assert_eq!(kinds(&verify(other, &stored(&log), &[], None)), [Kind::Fork, Kind::UnsealedTail]);
}

#[test]
fn pruned_records_need_a_record_and_their_hashes() {
    let mut log = Log::of(4);
    let number = |name: &str, value: u64| (name.into(), Value::from(value));
    let last = log.hashes[5].to_string();
    let details = vec![
        number("first_seq", 0),
        number("count", 6),
        ("last_hash".into(), last.as_str().into()),
    ];
    let event = Event::new(PRUNED, "operator", "log", "prune", Value::Object(details));
    log.add(5, Some(event));
    let sound = Log { segments: log.segments.clone(), hashes: log.hashes.clone() };
    let all = stored(&sound);
    let checkpoints = [log.checkpoint(3, &signer()), log.checkpoint(16, &signer())];
    let verdict = |segments: &[(u64, &[u8])], fill: Option<&[Hash]>| {
        kinds(&verify(options(), segments, &checkpoints, fill))
    };
    assert_eq!(verdict(&all, None), [], "announced and not yet done");
    assert_eq!(verdict(&all[2..], Some(&log.hashes)), [Kind::Pruned]);
    assert_eq!(verdict(&all[1..], Some(&log.hashes)), [Kind::Pruned], "half done");
    assert_eq!(verdict(&all[2..], None), [Kind::PrunedUncorroborated, Kind::UnsealedTail]);
    assert_eq!(verdict(&all[3..], Some(&log.hashes)), [Kind::Gap], "more than was announced");
    let mut wrong = log.hashes.clone();
    wrong[5] = wrong[4];
    assert!(verdict(&all[2..], Some(&wrong)).contains(&Kind::PrunedUncorroborated));
    wrong = log.hashes.clone();
    wrong[2] = wrong[1];
    assert!(verdict(&all[2..], Some(&wrong)).contains(&Kind::BadCheckpoint));

    // Month after month: what is gone is one hole, named by two records.
    let details = vec![number("first_seq", 6), number("count", 3)];
    log.add(6, Some(Event::new(PRUNED, "operator", "log", "prune", Value::Object(details))));
    let report = verify(options(), &stored(&log)[3..], &[], Some(&log.hashes));
    assert_eq!(kinds(&report), [Kind::UnsealedTail, Kind::ClockRegression, Kind::Pruned]);
    let report = verify(options(), &stored(&log)[4..], &[], Some(&log.hashes));
    assert_eq!(kinds(&report), [Kind::Gap, Kind::UnsealedTail, Kind::ClockRegression]);
}

#[test]
fn records_of_an_older_log_are_those_that_the_import_names() {
    let olds: Vec<String> = (0..4).map(|n| format!("{{\"n\": {n}}}")).collect();
    let hashes: Vec<Hash> = olds.iter().map(|old| Hash::of(old.as_bytes())).collect();
    // An import that broke off after two records and was begun again behind them.
    let old = |log: &mut Log, lines: &[String]| {
        let mut builder = Builder::legacy("log-1", None, [9; 16], log.head());
        for line in lines {
            builder.push_legacy(line.as_bytes()).unwrap();
        }
        let segment = builder.finish(Compression::None).unwrap();
        log.hashes.extend(&segment.hashes);
        log.segments.push(segment);
    };
    let verdict = |first: u64, count: u64, root: Hash, sealed: bool| {
        let mut log = Log::of(1);
        old(&mut log, &olds[..2]);
        old(&mut log, &olds);
        let number = |name: &str, value: u64| (name.into(), Value::from(value));
        let root = ("root".into(), Value::from(root.to_string().as_str()));
        let details = vec![number("first_index", first), number("count", count), root];
        let event = Event::new(LEGACY_IMPORT, "op", "log", "import", Value::Object(details));
        log.add(2, Some(event));
        let mut checkpoints = Vec::new();
        checkpoints.extend(sealed.then(|| log.checkpoint(13, &signer())));
        let split_at: Vec<u64> = checkpoints.iter().map(|(size, _)| *size).collect();
        let mut verifier = LogVerifier::new(options());
        checkpoints
            .iter()
            .for_each(|(size, note)| verifier.checkpoint("c", *size, note.as_bytes()));
        let legacy = [&hashes[..0], &hashes[..2], &hashes, &hashes[..0]];
        for ((number, body), legacy) in stored(&log).into_iter().zip(legacy) {
            let options = CheckOptions { log_id: Some("log-1"), split_at: &split_at };
            verifier.segment("s", check(number, body, &options), legacy);
        }
        kinds(&verifier.finish())
    };
    let leaves: Vec<Hash> = hashes.iter().map(|hash| leaf_hash(&hash.0)).collect();
    let root = Range::of(0, &leaves).root();
    assert_eq!(verdict(5, 4, root, true), []);
    assert_eq!(
        verdict(5, 4, root, false),
        [Kind::UnsealedTail],
        "the part before is named nowhere"
    );
    assert_eq!(verdict(5, 4, Hash::of(b"other"), true), [Kind::ContentAltered]);
    assert_eq!(verdict(4, 4, root, true), [Kind::ContentAltered]);
    assert_eq!(verdict(0, 3, root, true), [Kind::ContentAltered]);
    assert_eq!(verdict(0, 0, root, false), [Kind::CouldNotCheck, Kind::UnsealedTail]);
}
