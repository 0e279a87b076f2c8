//! A run that is cut into tasks comes to the same files as one that is not.

use std::io::Write as _;
use std::path::Path;

use lake::bronze::MaskKeys;
use lake::commits::{Commit, Counts, Lake, Options};
use lake::distributed::{Options as Cuts, Place, Session, Step, work};
use lake::ingest::{Error, Options as How, Report, Took, ingest, local_inputs};
use lake::schema::{ACTIVITY, Document};
use platform::numbered::Retry;
use platform::store::{Conditions, Store};

fn options() -> Options {
    let mut options = Options::new("ana");
    options.retry = Retry::NEVER;
    options.conditions = Some(Conditions::Atomic);
    options
}

/// Rows of three tenants and four months, with duplicates of both kinds and rows that are wrong.
fn lines(from: u32, count: u32) -> String {
    let mut text = String::new();
    for nth in from..from + count {
        let (tenant, month) = (nth % 3, nth % 4 + 1);
        // Twelve rows before is the same partition.
        let (activity, quantity, source) = match nth % 17 {
            3 if nth > 12 => (nth - 12, format!("{nth}.5"), nth),
            5 if nth > 12 => (nth - 12, format!("{}", nth - 12), nth - 12),
            _ => (nth, format!("{nth}"), nth),
        };
        match nth % 41 {
            7 => text.push_str("{\"tenant_id\": \n"),
            11 => text.push('\n'),
            _ => text.push_str(&format!(
                "{{\"tenant_id\":\"t-{tenant}\",\"activity_id\":\"a-{activity}\",\
                 \"emission_factor_id\":\"grid/xa\",\"quantity\":{},\"unit\":\"kWh\",\
                 \"timestamp\":\"2025-{month:02}-03T00:00:00Z\",\"source\":\"m-{source}\"}}\n",
                if nth % 53 == 9 { "-1".to_owned() } else { quantity },
            )),
        }
    }
    text
}

fn inputs(folder: &Path) {
    std::fs::write(folder.join("a.ndjson"), lines(0, 900)).unwrap();
    // Without an end of the last line.
    std::fs::write(folder.join("b.ndjson"), lines(600, 700).trim_end()).unwrap();
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(lines(1200, 300).as_bytes()).unwrap();
    std::fs::write(folder.join("c.ndjson.gz"), packed.finish().unwrap()).unwrap();
    // The same bytes under another name.
    std::fs::write(folder.join("d.ndjson"), lines(0, 900)).unwrap();
    std::fs::write(folder.join("e.ndjson"), "").unwrap();
}

async fn lake(folder: &Path) -> Lake {
    Lake::open(&Store::open(folder.to_str().unwrap()).await.unwrap(), options()).await.unwrap()
}

/// Does every task twice, the last one first.
async fn run(
    folder: &Path,
    document: &Document,
    place: &Path,
    cuts: Cuts,
) -> Result<Report, Error> {
    let keys = cuts.keys.clone();
    let place = Place::of(place.to_str().unwrap());
    let mut session = Session::begin(&lake(folder).await, document, place, cuts).await?;
    let mut done = Vec::new();
    loop {
        match session.next(&done).await? {
            Step::Done(report) => return Ok(report),
            Step::Do { tasks, .. } => {
                let run = session.run().unwrap().to_owned();
                let url = folder.to_str().unwrap();
                done.clear();
                for task in tasks.iter().rev().chain(&tasks) {
                    done.push(work(url, session.table(), &run, task, &keys).await?);
                }
            }
        }
    }
}

async fn last(folder: &Path) -> Commit {
    let lake = lake(folder).await;
    let table = lake.reader(&"bronze/emissions".parse().unwrap()).await.unwrap();
    table.history().await.unwrap().pop().unwrap()
}

fn cuts(piece: u64, groups: usize) -> Cuts {
    let mut cuts = Cuts::default();
    (cuts.piece, cuts.groups, cuts.memory) = (Some(piece), Some(groups), Some(1 << 20));
    cuts
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_and_one_process_commit_the_same_files() {
    let raw = tempfile::tempdir().unwrap();
    inputs(raw.path());
    for winner in ["first", "last", "{greatest: quantity}", "reject"] {
        let text = ACTIVITY.replace("winner: first", &format!("winner: {winner}"));
        assert!(winner == "first" || text != ACTIVITY);
        let document = Document::parse(&text).unwrap();
        let one = tempfile::tempdir().unwrap();
        let found = local_inputs(raw.path()).unwrap();
        let wanted =
            ingest(&lake(one.path()).await, &document, found, &How::default()).await.unwrap();
        let counts = wanted.counts;
        assert!(counts.quarantined > 50 && counts.exact > 20, "{counts:?}");
        let wanted_commit = last(one.path()).await;
        let all = [(20_000, 3), (3_000, 1), (1 << 20, 100)];
        let some = if winner == "first" { &all[..] } else { &all[..1] };
        for &(piece, groups) in some {
            let other = tempfile::tempdir().unwrap();
            let report =
                run(other.path(), &document, raw.path(), cuts(piece, groups)).await.unwrap();
            assert_eq!(report, wanted, "{winner} {piece}");
            let commit = last(other.path()).await;
            assert_eq!(commit.adds, wanted_commit.adds, "{winner} {piece}");
            assert_eq!(commit.inputs, wanted_commit.inputs);
            let took = &report.inputs[3].took;
            assert_eq!(took, &Took::Same { name: "a.ndjson".to_owned() });
            // Nothing is left at the side.
            let side = other.path().join("_strongroom/lake/bronze/emissions/staging");
            let left = std::fs::read_dir(side).map_or(0, Iterator::count);
            assert_eq!(left, 0);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_came_before_count_as_earlier_ones() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    std::fs::write(first.path().join("one.ndjson"), lines(0, 500)).unwrap();
    std::fs::write(second.path().join("two.ndjson"), lines(300, 500)).unwrap();
    std::fs::write(second.path().join("again.ndjson"), lines(0, 500)).unwrap();
    for winner in ["first", "last"] {
        let text = ACTIVITY.replace("winner: first", &format!("winner: {winner}"));
        let document = Document::parse(&text).unwrap();
        let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let embedded = lake(one.path()).await;
        let mut reports = Vec::new();
        for place in [&first, &second] {
            let found = local_inputs(place.path()).unwrap();
            reports.push(ingest(&embedded, &document, found, &How::default()).await.unwrap());
        }
        let mut others = Vec::new();
        for place in [&first, &second] {
            others.push(run(other.path(), &document, place.path(), cuts(2_000, 3)).await.unwrap());
        }
        assert_eq!(reports, others);
        assert_eq!(reports[1].displaced > 0, winner == "last");
        let (wanted, commit) = (last(one.path()).await, last(other.path()).await);
        assert_eq!((commit.adds, commit.removes), (wanted.adds, wanted.removes));
        // The third time nothing is there to do.
        let report = run(other.path(), &document, second.path(), cuts(2_000, 3)).await.unwrap();
        assert_eq!((report.commit, report.counts), (None, Counts::default()));
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_read_is_told_without_what_is_secret_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let (lake, document) = (lake(folder.path()).await, Document::parse(ACTIVITY).unwrap());
    for address in ["s3://name:hunter2@raw/in", "s3://raw/in?secret_access_key=hunter2"] {
        let place = Place::of(address);
        let error = Session::begin(&lake, &document, place, Cuts::default()).await.unwrap_err();
        let said = format!("{error} {error:?}");
        assert!(said.contains("s3://raw/in") && !said.contains("hunter2"), "{said}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_input_that_changes_meanwhile_is_found_out() {
    let (raw, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let path = raw.path().join("a.ndjson");
    std::fs::write(&path, lines(0, 100)).unwrap();
    let document = Document::parse(ACTIVITY).unwrap();
    let place = Place::of(raw.path().to_str().unwrap());
    let lake = lake(folder.path()).await;
    let mut session = Session::begin(&lake, &document, place, cuts(1_000, 2)).await.unwrap();
    let url = folder.path().to_str().unwrap();
    let mut done = Vec::new();
    loop {
        let Step::Do { stage, tasks } = session.next(&done).await.unwrap() else { panic!() };
        if stage == "read" {
            std::fs::write(&path, lines(0, 100).replace("kWh", "MWh")).unwrap();
        }
        done.clear();
        for task in tasks {
            let run = session.run().unwrap();
            match work(url, session.table(), run, &task, &MaskKeys::default()).await {
                Ok(told) => done.push(told),
                Err(error) => {
                    assert!(matches!(error, Error::Changed { .. }), "{error}");
                    session.abandon().await.unwrap();
                    let empty = lake.reader(session.table()).await;
                    assert!(empty.is_err(), "nothing was committed");
                    return;
                }
            }
        }
        assert_eq!(stage, "survey");
    }
}
