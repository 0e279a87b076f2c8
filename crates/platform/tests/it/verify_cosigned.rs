//! The word of witnesses: kept beside a checkpoint, counted by a verifier, handed out with proofs.

use audit_chain::Hash;
use audit_chain::checkpoint::Checkpoint;
use audit_chain::keyring::{Key, Keyring};
use audit_chain::note::{self, Cosigner};
use audit_chain::segment::Compression;
use audit_chain::verify::{Kind, Report, Verdict, verify_evidence};
use platform::ledger::{self, RecordName, VerifyOptions};
use platform::store::{Put, Versioning};

use super::making::{self, Maker, checkpoint_key, erase, get, put, replace, signer};

/// In 2026; a witness has a clock of its own.
const NOW: u64 = 1_772_366_400;

fn witness(seed: u8) -> Cosigner {
    Cosigner::from_seed(&format!("witness{seed}.example"), &[seed; 32]).unwrap()
}

/// Trusts the key of the log and asks for two of three witnesses.
fn two_of_three() -> Keyring {
    let keys = vec![Key::always(signer(7).verifier_key())];
    let witnesses = [1, 2, 3].map(|seed| witness(seed).verifier_key()).to_vec();
    Keyring::new(keys, witnesses, 2).unwrap()
}

fn auditor() -> VerifyOptions {
    let mut options = making::options();
    options.keyring = Some(two_of_three());
    options
}

async fn verified(log: &Maker, options: &VerifyOptions) -> Report {
    ledger::verify(&log.store, options, |_| ()).await
}

/// Three records under the first checkpoint, seven under the second.
async fn sealed_twice(versioning: Versioning) -> Maker {
    let mut log = Maker::new(versioning, Compression::Zstd(3)).await;
    log.segment(3).await;
    log.checkpoint().await;
    log.segment(4).await;
    log.checkpoint().await;
    log
}

/// What the witness gives back for the checkpoint of this size.
async fn cosigned(log: &Maker, size: u64, by: &Cosigner) -> String {
    let note = String::from_utf8(get(&log.store, &checkpoint_key(size)).await).unwrap();
    let (text, _) = note.rsplit_once("\n\n").unwrap();
    note::cosign(&format!("{text}\n"), by, NOW).unwrap()
}

async fn add(log: &Maker, size: u64, by: &Cosigner) -> String {
    let note = cosigned(log, size, by).await;
    ledger::add_cosignature(&log.store, note.as_bytes(), &by.verifier_key()).await.unwrap()
}

fn cosignature_key(size: u64, by: &Cosigner) -> String {
    let hash = Hash::of(by.verifier_key().to_string().as_bytes());
    format!("cosig/{size:020}/{hash}")
}

fn kinds(report: &Report) -> Vec<Kind> {
    report.findings.iter().map(|it| it.kind).collect()
}

#[tokio::test]
async fn as_many_witnesses_must_have_signed_as_the_keyring_asks_for() {
    let log = sealed_twice(Versioning::On).await;
    let report = verified(&log, &auditor()).await;
    assert_eq!(report.status, Verdict::CouldNotVerify, "{report}");
    assert!(kinds(&report).contains(&Kind::CouldNotCheck), "{report}");
    assert_eq!((report.anchored, report.sealed_size, report.checkpoints), (false, 0, 2));

    // One is too few, and one whom nobody knows does not count.
    add(&log, 7, &witness(1)).await;
    let whole = add(&log, 7, &witness(9)).await;
    assert_eq!(whole.lines().filter(|line| line.starts_with('\u{2014}')).count(), 3, "{whole}");
    let report = verified(&log, &auditor()).await;
    assert_eq!(report.status, Verdict::CouldNotVerify, "{report}");
    let short = "1 of the known witnesses have signed, and 2 are needed";
    assert!(report.findings.iter().any(|it| it.message == short), "{report}");

    add(&log, 7, &witness(3)).await;
    // That it signs again changes nothing.
    add(&log, 7, &witness(3)).await;
    let report = verified(&log, &auditor()).await;
    assert_eq!((report.status, report.notes), (Verdict::Ok, 0), "{report}");
    assert_eq!((report.anchored, report.sealed_size), (true, 7));
    let names = [1, 3].map(|seed| witness(seed).verifier_key().label());
    assert_eq!(report.witnessed_by, names);
    let newest = report.checkpoint.clone().unwrap();
    assert_eq!(two_of_three().verify(&newest).unwrap().witnessed_by.len(), 2);
    assert_eq!(report.pin().unwrap().checkpoint, Some(newest));

    // Who asks for no witness is not kept from anything by them.
    let report = verified(&log, &making::options()).await;
    assert_eq!((report.status, report.notes, report.sealed_size), (Verdict::Ok, 0, 7), "{report}");
}

#[tokio::test]
async fn a_witnessed_checkpoint_speaks_for_what_is_before_it_and_for_nothing_after() {
    let log = sealed_twice(Versioning::Off).await;
    add(&log, 3, &witness(1)).await;
    add(&log, 3, &witness(2)).await;
    let mut options = auditor();
    let report = verified(&log, &options).await;
    assert_eq!((report.status, report.sealed_size), (Verdict::Ok, 3), "{report}");
    assert_eq!(kinds(&report), [Kind::UnsealedTail], "{report}");
    assert_eq!(report.findings[0].first_seq, Some(3));
    options.require_sealed = true;
    assert_eq!(verified(&log, &options).await.status, Verdict::CouldNotVerify);
}

#[tokio::test]
async fn a_false_word_of_a_witness_is_found() {
    let log = sealed_twice(Versioning::Off).await;
    let by = witness(1);
    let good = cosigned(&log, 7, &by).await;
    let (text, line) = good.rsplit_once("\n\n").unwrap();
    let mut forged = Checkpoint::parse(&format!("{text}\n")).unwrap();
    forged.root = Hash::of(b"another history");
    let other_line = cosigned(&log, 3, &by).await;
    let other_line = other_line.rsplit_once("\n\n").unwrap().1;
    let cases = [
        (Kind::BadCheckpoint, format!("{text}\n\n{other_line}")),
        (Kind::BadCheckpoint, cosigned(&log, 3, &by).await),
        (Kind::InconsistentCheckpoints, note::cosign(&text_of(&forged), &by, NOW).unwrap()),
        (Kind::Malformed, "not a note".to_owned()),
        (Kind::Malformed, format!("{text}\n{line}")),
    ];
    let key = cosignature_key(7, &by);
    for (kind, body) in cases {
        put(&log.store, &key, body.as_bytes()).await;
        let report = verified(&log, &auditor()).await;
        assert_eq!(report.status, Verdict::Tampered, "{body}: {report}");
        let named =
            |it: &audit_chain::verify::Finding| it.kind == kind && it.key.as_ref() == Some(&key);
        assert!(report.findings.iter().any(named), "{body}: {report}");
        erase(&log.store, &key).await;
    }
    put(&log.store, "cosig/7/somebody", good.as_bytes()).await;
    assert!(kinds(&verified(&log, &auditor()).await).contains(&Kind::Malformed));
}

fn text_of(checkpoint: &Checkpoint) -> String {
    let signed = checkpoint.sign(&[&signer(7)]).unwrap();
    format!("{}\n", signed.rsplit_once("\n\n").unwrap().0)
}

#[tokio::test]
async fn a_witness_remembers_a_checkpoint_that_is_gone() {
    let log = sealed_twice(Versioning::Off).await;
    add(&log, 3, &witness(1)).await;
    let before = verified(&log, &making::options()).await;
    assert_eq!(before.status, Verdict::Ok, "{before}");
    erase(&log.store, &checkpoint_key(3)).await;
    let report = verified(&log, &making::options()).await;
    assert_eq!(report.status, Verdict::Tampered, "{report}");
    assert_eq!(kinds(&report), [Kind::RolledBack], "{report}");
}

#[tokio::test]
async fn the_word_of_a_witness_that_is_hidden_is_found() {
    let log = sealed_twice(Versioning::On).await;
    add(&log, 7, &witness(1)).await;
    add(&log, 7, &witness(2)).await;
    let key = cosignature_key(7, &witness(1));
    log.store.delete(&key).await.unwrap();
    let report = verified(&log, &auditor()).await;
    assert_eq!(kinds(&report), [Kind::DeleteMarker], "{report}");
    let log = sealed_twice(Versioning::On).await;
    add(&log, 7, &witness(1)).await;
    log.clock.advance(std::time::Duration::from_secs(3600));
    log.store.put(&key, b"later".to_vec(), &Put::default()).await.unwrap();
    let found = kinds(&verified(&log, &auditor()).await);
    assert!(found.contains(&Kind::ShadowedVersion) && found.contains(&Kind::Malformed));
}

#[tokio::test]
async fn only_the_word_of_a_witness_about_this_log_is_kept() {
    let log = sealed_twice(Versioning::Off).await;
    let by = witness(1);
    let good = cosigned(&log, 7, &by).await;
    let code = async |note: &str, key| {
        let kept = ledger::add_cosignature(&log.store, note.as_bytes(), &key).await;
        let error = kept.unwrap_err();
        (error.code(), error.exit_status())
    };
    assert_eq!(code(&good, witness(2).verifier_key()).await, ("ledger.format", 7));
    let own = String::from_utf8(get(&log.store, &checkpoint_key(7)).await).unwrap();
    assert_eq!(code(&own, signer(7).verifier_key()).await, ("ledger.invalid", 2));
    let (text, _) = good.rsplit_once("\n\n").unwrap();
    let mut forged = Checkpoint::parse(&format!("{text}\n")).unwrap();
    forged.root = Hash::of(b"another history");
    let other = note::cosign(&text_of(&forged), &by, NOW).unwrap();
    assert_eq!(code(&other, by.verifier_key()).await, ("ledger.invalid", 2));
    assert_eq!(making::keys(&log.store, "cosig/").await, Vec::<String>::new(), "nothing was kept");

    // Of a note with many signatures only that of the witness is kept.
    let many = note::join(&[own, good.clone(), cosigned(&log, 7, &witness(2)).await]).unwrap();
    ledger::add_cosignature(&log.store, many.as_bytes(), &by.verifier_key()).await.unwrap();
    let key = cosignature_key(7, &by);
    assert_eq!(get(&log.store, &key).await, good.as_bytes());
    replace(&log.store, &key, b"somebody was faster").await;
    assert_eq!(code(&good, by.verifier_key()).await, ("ledger.unsound", 7));
}

#[tokio::test]
async fn a_proof_holds_what_witnesses_said() {
    let log = sealed_twice(Versioning::Off).await;
    let ring = two_of_three();
    let first = RecordName::Seq(1);
    let error = ledger::prove_to(&log.store, first, &ring).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("ledger.untrusted", 8));
    add(&log, 3, &witness(1)).await;
    add(&log, 3, &witness(2)).await;

    // The newest checkpoint has no witness; an older one has.
    let plain = ledger::prove(&log.store, first).await.unwrap();
    let line = plain.line.unwrap();
    let refused = verify_evidence(plain.proof.to_text(), &line, &ring).unwrap_err();
    assert_eq!(refused.code(), "audit.witnesses_missing");
    let witnessed = ledger::prove_to(&log.store, first, &ring).await.unwrap();
    let proved = verify_evidence(witnessed.proof.to_text(), &line, &ring).unwrap();
    assert_eq!((proved.trusted.checkpoint.size, proved.trusted.witnessed_by.len()), (3, 2));
    let beyond = ledger::prove_to(&log.store, RecordName::Seq(5), &ring).await;
    assert_eq!(beyond.unwrap_err().code(), "ledger.untrusted");

    add(&log, 7, &witness(3)).await;
    add(&log, 7, &witness(2)).await;
    let plain = ledger::prove(&log.store, first).await.unwrap();
    let proved = verify_evidence(plain.proof.to_text(), &line, &ring).unwrap();
    assert_eq!((proved.trusted.checkpoint.size, proved.trusted.witnessed_by.len()), (7, 2));
}
