//! Logs that were tampered with: every tampering is noticed, with a right verdict.
//!
//! Each case takes an honest log that was verified before, with the pin of that visit, does one thing
//! to its store and verifies again. The seed of a case is printed when it fails;
//! `STRONGROOM_TAMPERINGS` says how many cases there are.

mod deeds;
mod forgery;

use std::collections::BTreeSet;

use audit_chain::segment::Compression;
use audit_chain::verify::{Kind, Severity, Verdict};
use fastrand::Rng;
use platform::ledger::{self, VerifyOptions};
use platform::store::Versioning;

use super::making::{self, Maker};
use deeds::DEEDS;

/// What was done, and how it may be called. One of `must` has to be among the findings.
pub(super) struct Done {
    pub(super) what: String,
    pub(super) must: &'static [Kind],
}

/// An honest log of random shape: some segments, some checkpoints, the last records unsealed or not.
async fn honest(rng: &mut Rng) -> Maker {
    let versioning = if rng.bool() { Versioning::On } else { Versioning::Off };
    let compression = if rng.bool() { Compression::Zstd(3) } else { Compression::None };
    let mut log = Maker::new(versioning, compression).await;
    // Now and then more records than a tile has.
    let most = if rng.u8(..) < 32 { 150 } else { 6 };
    for _ in 0..rng.u64(4..9) {
        log.segment(rng.u64(1..=most)).await;
        if rng.u8(..) < 96 {
            log.checkpoint().await;
        }
    }
    log.segment(1 + rng.u64(..3)).await;
    log.checkpoint().await;
    if rng.bool() {
        log.segment(2).await;
    }
    log
}

async fn auditor(log: &Maker) -> VerifyOptions {
    let mut options = making::options();
    let report = ledger::verify(&log.store, &options, |_| ()).await;
    assert_eq!(report.status, Verdict::Ok, "an honest log: {report}");
    options.pin = report.pin();
    options
}

#[expect(
    clippy::disallowed_methods,
    reason = "how many there are is asked of whoever runs the tests"
)]
fn cases() -> u64 {
    let asked = std::env::var("STRONGROOM_TAMPERINGS").ok();
    asked.map_or(1_000, |asked| asked.parse().expect("a number of tamperings"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_tampering_is_noticed_and_called_by_its_name() {
    let mut met = BTreeSet::new();
    let (mut noticed, mut harmless) = (0, 0);
    let (mut sound, mut options) = (None, making::options());
    // Not every deed can be done to every log: a case counts when something was done and noticed.
    for case in 0.. {
        if noticed >= cases() {
            break;
        }
        let deeds = DEEDS.len() as u64;
        // Every deed is done to a copy of the same log, and then there is another log.
        if case % deeds == 0 {
            let log = honest(&mut Rng::with_seed(0x10_9000 + case / deeds)).await;
            options = auditor(&log).await;
            sound = Some(log);
        }
        let Some(log) = &sound else { unreachable!("the first case makes one") };
        let mut log = log.copy().await;
        let (name, deed) = &DEEDS[(case % deeds) as usize];
        let seed = 0x5eed_0000 + case;
        let mut rng = Rng::with_seed(seed);
        let Some(done) = deed(&mut log, &mut rng).await else { continue };
        let report = ledger::verify(&log.store, &options, |_| ()).await;
        let place =
            || format!("`{name}` with seed {seed:#x} (case {case}): {}\n{report}", done.what);
        if done.must.is_empty() {
            // Not a word of any record was changed by it, and nothing else that counts.
            harmless += 1;
            continue;
        }
        let found: BTreeSet<Kind> = report.findings.iter().map(|it| it.kind).collect();
        assert_eq!(report.status, Verdict::Tampered, "not noticed, {}", place());
        assert!(done.must.iter().any(|kind| found.contains(kind)), "called otherwise, {}", place());
        assert!(report.findings.iter().all(|it| !it.message.is_empty()), "{}", place());
        met.insert(*name);
        noticed += 1;
        // Of a log that is sealed to its end, whoever has no pin notices it too, unless an older
        // state was put back whole.
        if log.checkpoints.last() != Some(&(log.hashes.len() as u64)) {
            continue;
        }
        let mut unpinned = options.clone();
        unpinned.pin = None;
        let report = ledger::verify(&log.store, &unpinned, |_| ()).await;
        let seen = report.count(Severity::Tampered) > 0;
        assert!(seen || PINNED.contains(name), "only with a pin, {}\n{report}", place());
    }
    let all: BTreeSet<&str> = DEEDS.iter().map(|(name, _)| *name).collect();
    assert_eq!(met, all, "every deed was done at least once");
    assert!(harmless * 50 < cases(), "{harmless} cases changed nothing that counts");
    eprintln!("{noticed} tamperings noticed; {harmless} more changed nothing that counts");
}

/// What leaves a log that is sound in itself: only a pin (or a checkpoint elsewhere) shows it.
const PINNED: &[&str] = &[
    "roll the whole store back",
    "cut the end off with its checkpoints",
    "edit the document of the log",
    "make the unsealed end anew",
];
