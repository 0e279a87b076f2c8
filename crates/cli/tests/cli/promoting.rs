//! A process that promotes is killed at any moment; the same command again ends the same.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How often a process is killed.
const KILLS: u32 = 15;

fn strongroom(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_strongroom"));
    command.args(arguments).current_dir(folder).env("NO_COLOR", "1");
    command.env("STRONGROOM_STORE", "./store").env("STRONGROOM_ACTOR", "ci");
    command
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let output = strongroom(folder, arguments).output().unwrap();
    assert!(output.status.success(), "{arguments:?}: {output:?}");
    output
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "how long a run takes is what the kills are spread over"
)]
fn whenever_a_promotion_is_killed_the_same_again_ends_the_same() {
    let promote = ["artifact", "promote", "builds/ci/7", "--to", "staging"];
    let mut longest = Duration::from_millis(50);
    let mut interrupted = 0;
    for kill in 0..=KILLS {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.json"), "{}").unwrap();
        run(folder.path(), &["artifact", "put", "builds/ci/7/a.json", "a.json"]);
        if kill == 0 {
            // How long it takes when nobody disturbs it.
            let start = Instant::now();
            run(folder.path(), &promote);
            longest = start.elapsed();
        } else {
            let mut child = strongroom(folder.path(), &promote);
            let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
            std::thread::sleep(longest * kill / KILLS);
            child.kill().unwrap();
            interrupted += u32::from(!child.wait().unwrap().success());
            run(folder.path(), &promote);
        }
        let open = folder.path().join("store/_strongroom/open");
        let left = std::fs::read_dir(open).map_or(0, Iterator::count);
        assert_eq!(left, 0, "kill {kill}: something is open");
        let listed = run(folder.path(), &["artifact", "list", "--stage", "staging"]);
        assert!(String::from_utf8(listed.stdout).unwrap().contains("builds/ci/7/a.json"));
        let log = "./store/_strongroom/ledger";
        let promoted = ["audit", "show", log, "--event-type", "artifact.promoted"];
        let shown = run(folder.path(), &promoted);
        assert_eq!(shown.stdout.iter().filter(|it| **it == b'\n').count(), 1, "kill {kill}");
    }
    assert!(interrupted > KILLS / 3, "most kills met it at work: {interrupted} of {KILLS}");
}
