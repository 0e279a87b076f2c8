//! Following a log, locks by class, and the word of a witness: the command as it is typed.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use audit_chain::note::{self, Cosigner};
use platform::store::{BucketState, LockMode, Store, Versioning};

const NAME: &str = "example.com/orders";

/// A folder with a key and a place for a log.
struct Place {
    folder: tempfile::TempDir,
    vkey: String,
}

impl Place {
    fn new() -> Self {
        let mut place = Self { folder: tempfile::tempdir().unwrap(), vkey: String::new() };
        let made = place.run(&["keys", "generate", NAME, "--out", "orders.key"], "");
        place.vkey = text(&made.stdout).trim().to_owned();
        place
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_strongroom"));
        command.arg("audit").args(arguments).current_dir(self.path()).env("NO_COLOR", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn run(&self, arguments: &[&str], input: &str) -> Output {
        let mut child = self.command(arguments).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// The same, of which is asked that it has this status.
    fn ends(&self, arguments: &[&str], input: &str, status: i32) -> String {
        let output = self.run(arguments, input);
        let printed = format!("{}{}", text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {printed}");
        printed
    }

    fn append(&self, class: &str, more: &[&str]) {
        let line = format!(
            "{{\"event_type\": \"report.read\", \"actor\": \"alice\", \"resource\": \"r\", \
             \"action\": \"read\", \"details\": {{}}{class}}}\n"
        );
        let arguments = ["append", "./log", "--signer", "orders.key"];
        self.ends(&[&arguments[..], more].concat(), &line, 0);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
#[cfg(unix)]
fn who_follows_a_log_sees_each_record_once_until_told_to_stop() {
    let place = Place::new();
    place.append("", &[]);
    let mut follower = place.command(&["show", "./log", "--follow"]).spawn().unwrap();
    let mut lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    let mut next =
        || -> serde_json::Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    assert_eq!(next()["seq"], 0);
    for seq in 1..4 {
        place.append("", &[]);
        assert_eq!(next()["seq"], seq, "no record twice, and none left out");
    }
    let stop = Command::new("kill").args(["-INT", &follower.id().to_string()]).status().unwrap();
    assert!(stop.success());
    assert_eq!(follower.wait().unwrap().code(), Some(130));
    assert!(lines.next().is_none());

    let numbered = place.ends(&["show", "./log", "--seq", "2..", "--format", "human"], "", 0);
    assert_eq!(numbered.lines().count(), 2, "{numbered}");
}

#[test]
fn a_class_has_a_lock_of_its_own() {
    let place = Place::new();
    let mut state = BucketState::plain();
    (state.versioning, state.object_lock) = (Versioning::On, true);
    let store = Store::configure_local(place.path().join("log"), &state).unwrap();
    let lock = ["--lock", "governance:30d", "--class-lock", "short=2d", "--class-lock", "tax=90d"];
    for class in ["", ", \"class\": \"short\"", ", \"class\": \"tax\"", ", \"class\": \"other\""] {
        place.append(class, &lock);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let days = |key: String| {
        let object = runtime.block_on(store.head(&key)).unwrap();
        let lock = object.lock.expect("it is locked");
        assert_eq!(lock.mode, LockMode::Governance);
        // Part of a day has gone since.
        (lock.until - object.modified).num_hours().div_euclid(24) + 1
    };
    let near = |found: i64, wanted: i64| (wanted..=wanted + 1).contains(&found);
    for (seq, wanted) in [(0, 30), (1, 2), (2, 90), (3, 30)] {
        let found = days(format!("seg/{seq:020}"));
        assert!(near(found, wanted), "segment {seq}: {found} days, not {wanted}");
    }
    // What speaks about all records is locked as long as any.
    assert!(near(days("log".to_owned()), 90) && near(days(format!("ckpt/{:020}", 4)), 90));

    let verify = ["verify", "./log", "--vkey", &place.vkey, "--demand-lock"];
    place.ends(&[&verify[..], &["governance:1d"]].concat(), "", 0);
    let short = place.ends(&[&verify[..], &["governance:20d"]].concat(), "", 7);
    assert_eq!(short.matches("tampered: lock_missing").count(), 1, "{short}");
    assert!(short.contains("seg/00000000000000000001"), "{short}");
    place.ends(&[&verify[..], &["compliance:1d"]].concat(), "", 7);

    let alone = place.ends(&["append", "./log", "--class-lock", "short=2d"], "", 2);
    assert!(alone.contains("--lock"), "{alone}");
    for wrong in ["short", "short=", "short=2w", "short=0d"] {
        let arguments = ["append", "./log", "--lock", "governance:1d", "--class-lock", wrong];
        assert!(place.ends(&arguments, "", 2).contains("--class-lock"), "{wrong}");
    }
}

#[test]
fn the_word_of_a_witness_is_kept_handed_out_and_asked_for() {
    let place = Place::new();
    place.append("", &["--origin", NAME]);
    place.append("", &[]);
    let witness = Cosigner::from_seed("witness.example", &[3; 32]).unwrap();
    let key = witness.verifier_key().to_string();
    place.ends(&["keys", "keyring", "add", "ring.json", &place.vkey], "", 0);
    place.ends(&["keys", "keyring", "add", "ring.json", &key, "--quorum", "1"], "", 0);
    let verify = ["verify", "./log", "--keyring", "ring.json", "--require-sealed"];
    let before = place.ends(&verify, "", 8);
    assert!(before.contains("0 of the known witnesses have signed, and 1 are needed"), "{before}");
    let prove = ["prove", "./log", "1", "--out", "1.tlog-proof", "--record", "1.json"];
    let trusting = [&prove[..], &["--keyring", "ring.json"]].concat();
    assert!(place.ends(&trusting, "", 8).contains("is not one that is trusted"));

    let newest = place.ends(&["checkpoint", "./log"], "", 0);
    let (about, _) = newest.split_once("\n\n").unwrap();
    let word = note::cosign(&format!("{about}\n"), &witness, 1_772_366_400).unwrap();
    std::fs::write(place.path().join("word"), &word).unwrap();
    let add = ["checkpoint", "./log", "--add-cosignature", "word", "--witness"];
    let other = Cosigner::from_seed("witness.example", &[4; 32]).unwrap();
    let other = other.verifier_key().to_string();
    place.ends(&[&add[..], &[&other]].concat(), "", 7);
    let whole = place.ends(&[&add[..], &[&key]].concat(), "", 0);
    assert_eq!(whole.lines().filter(|line| line.starts_with("\u{2014} ")).count(), 2, "{whole}");
    assert_eq!(place.ends(&["checkpoint", "./log"], "", 0), whole);

    place.ends(&verify, "", 0);
    place.ends(&[&verify[..], &["--seq", "1..2"]].concat(), "", 0);
    place.ends(&trusting, "", 0);
    let proof = std::fs::read_to_string(place.path().join("1.tlog-proof")).unwrap();
    assert!(proof.ends_with(&whole), "{proof}");
    let check = ["verify-proof", "1.tlog-proof", "--record", "1.json", "--keyring", "ring.json"];
    let proved = place.ends(&[&check[..], &["--format", "json"]].concat(), "", 0);
    assert!(proved.contains("\"witnessed_by\":[\"witness.example+"), "{proved}");
}
