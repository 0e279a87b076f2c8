//! Exactly once: crashes, races and what the log refuses.

use std::sync::Arc;

use bytes::Bytes;
use lake::commits::{
    Act, Appended, Counts, Draft, Error, File, Input, Kind, Lake, Options, State, Table, TableName,
};
use platform::clock::SetClock;
use platform::numbered::Retry;
use platform::store::conformance::{CHECKS, Outcome, Settings};
use platform::store::fault::{Fault, Faulty};
use platform::store::{BucketState, Conditions, Memory, Put, Store};
use storage_core::Digest;

use super::crashes::at_every_write;

fn name() -> TableName {
    "bronze/emissions".parse().unwrap()
}

fn options() -> Options {
    let mut options = Options::new("ana");
    options.retry = Retry::NEVER;
    options.conditions = Some(Conditions::Atomic);
    options.clock = Arc::new(SetClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
    options
}

async fn open(store: &Store) -> Result<Table, Error> {
    Lake::open(store, options()).await?.table(&name()).await
}

/// A file of one row, in the partition of a month.
fn part(month: u32, text: &str) -> (File, Bytes) {
    let body = Bytes::from(text.to_owned());
    let partition = [("tenant_id", "acme".to_owned()), ("month", month.to_string())];
    (File::of(&name(), Kind::Data, &partition, &body, 1), body)
}

fn input(text: &str, rows: u64) -> Input {
    let counts = Counts { rows, accepted: rows, ..Counts::default() };
    let (path, sha256) = (format!("{text}.ndjson"), Digest::of(text.as_bytes()));
    Input { path, sha256, size_bytes: text.len() as u64, counts }
}

/// What `plan` makes of the table, until nobody is faster.
async fn commit(
    table: &mut Table,
    plan: impl Fn(&State) -> Option<(Draft, Vec<(File, Bytes)>)>,
) -> Result<Option<u64>, Error> {
    let mut run = table.begin().await?;
    loop {
        let Some((mut draft, files)) = plan(table.state()) else {
            run.abandon().await?;
            return Ok(None);
        };
        let staged: Vec<_> = files.iter().map(|(file, body)| (file, body.clone())).collect();
        run.stage(&staged).await?;
        draft.adds = files.into_iter().map(|(file, _)| file).collect();
        match table.append(&run, draft).await? {
            Appended::Committed(commit) => return Ok(Some(commit.number)),
            Appended::Behind(_) => run.lost().await?,
        }
    }
}

/// Brings one row per month under the name of `text`, if nobody took it in yet.
async fn ingest(table: &mut Table, text: &str, months: u32) -> Result<Option<u64>, Error> {
    let plan = |state: &State| {
        let input = input(text, months.into());
        if state.inputs().contains_key(&input.sha256) {
            return None;
        }
        let mut draft = Draft::new(Act::Ingest);
        draft.inputs = vec![input];
        Some((draft, (1..=months).map(|it| part(it, &format!("{text} {it}"))).collect()))
    };
    commit(table, plan).await
}

/// Puts all rows of a month into one file.
async fn compact(table: &mut Table, month: u32) -> Result<Option<u64>, Error> {
    let plan = |state: &State| {
        let partition = format!("tenant_id=acme/month={month}");
        let live: Vec<_> = state.live_in(&partition).map(|it| it.file.clone()).collect();
        if live.len() < 2 {
            return None;
        }
        let origins: Vec<_> = live.iter().flat_map(|it| it.rows_of()).copied().collect();
        let body = Bytes::from(format!("{origins:?}"));
        let partition = [("tenant_id", "acme".to_owned()), ("month", month.to_string())];
        let mut file = File::of(&name(), Kind::Data, &partition, &body, live.len() as u64);
        file.origins = origins;
        let mut draft = Draft::new(Act::Compact);
        draft.removes = live.iter().map(|it| it.path.clone()).collect();
        Some((draft, vec![(file, body)]))
    };
    commit(table, plan).await
}

/// What is to be done: two inputs of four months, one of which is made of one file then.
async fn everything(store: &Store) -> Result<(), Error> {
    let mut table = open(store).await?;
    ingest(&mut table, "one", 4).await?;
    ingest(&mut table, "two", 4).await?;
    compact(&mut table, 2).await?;
    Ok(())
}

#[tokio::test]
async fn a_crash_at_any_write_is_finished_by_whoever_comes_next() {
    let again = async |store: &Store| {
        everything(store).await?;
        assert_eq!(open(store).await?.state().rows(Kind::Data), 8);
        Ok::<_, Error>(())
    };
    let (wanted, crashes) = at_every_write(async || Store::memory(), again).await;
    // The document of the lake, three commits, seven files, and nothing at the side.
    assert_eq!(wanted.len(), 1 + 3 + 7);
    assert!(crashes > 60, "{crashes}");
}

#[tokio::test]
async fn the_folder_holds_what_is_committed_and_nothing_else() {
    let store = Store::memory();
    let mut table = open(&store).await.unwrap();
    let run = table.begin().await.unwrap();
    let (file, body) = part(1, "one");
    run.stage(&[(&file, body.clone())]).await.unwrap();
    assert!(store.list("bronze/", None, 10).await.unwrap().entries.is_empty());
    let mut draft = Draft::new(Act::Ingest);
    draft.inputs = vec![input("one", 1)];
    draft.adds = vec![file.clone()];
    let appended = table.append(&run, draft).await.unwrap();
    assert!(matches!(appended, Appended::Committed(_)));
    assert_eq!(store.get(&file.path).await.unwrap().body, body);
    assert_eq!(table.read(&file).await.unwrap(), body);
    store.put(&file.path, "changed", &Put::default()).await.unwrap();
    assert_eq!(table.read(&file).await.unwrap_err().code(), "lake.file_lost");
}

#[tokio::test]
async fn of_two_at_once_both_are_taken_in_and_none_twice() {
    let store = Store::memory();
    let (mut one, mut two) = (open(&store).await.unwrap(), open(&store).await.unwrap());
    assert_eq!(ingest(&mut one, "one", 2).await.unwrap(), Some(0));
    // Has not seen it.
    assert_eq!(two.state().next(), 0);
    assert_eq!(ingest(&mut two, "two", 3).await.unwrap(), Some(1));
    // Neither knows that the other has the same input.
    assert_eq!(ingest(&mut one, "two", 3).await.unwrap(), None);
    assert_eq!(one.state(), two.state());
    assert_eq!(one.state().rows(Kind::Data), 5);
    assert_eq!(one.history().await.unwrap().len(), 2);
    let folded = State::fold(name(), &one.history().await.unwrap()).unwrap();
    assert_eq!(&folded, one.state());
}

#[tokio::test]
async fn many_writers_at_once_lose_nothing() {
    let store = Store::memory();
    let writers = (0..8).map(|nth| {
        let store = store.clone();
        tokio::spawn(async move {
            let mut table = open(&store).await.unwrap();
            // Every second one wants what another one wants too.
            ingest(&mut table, &format!("input {}", nth / 2), 3).await.unwrap()
        })
    });
    let numbers: Vec<_> = futures_util::future::join_all(writers).await;
    let committed = numbers.iter().filter(|it| it.as_ref().unwrap().is_some()).count();
    let table = open(&store).await.unwrap();
    assert_eq!((committed, table.state().next(), table.state().rows(Kind::Data)), (4, 4, 12));
    assert_eq!(store.list("bronze/", None, 100).await.unwrap().entries.len(), 12);
}

#[tokio::test]
async fn what_went_may_come_again_under_another_name() {
    let store = Store::memory();
    let mut table = open(&store).await.unwrap();
    ingest(&mut table, "one", 1).await.unwrap();
    ingest(&mut table, "two", 1).await.unwrap();
    compact(&mut table, 1).await.unwrap();
    // The same rows, from elsewhere.
    let run = table.begin().await.unwrap();
    let (file, body) = part(1, "one 1");
    run.stage(&[(&file, body.clone())]).await.unwrap();
    let mut draft = Draft::new(Act::Ingest);
    draft.inputs = vec![input("three", 1)];
    draft.adds = vec![file.clone()];
    let Appended::Committed(commit) = table.append(&run, draft).await.unwrap() else { panic!() };
    assert_ne!(commit.adds[0].path, file.path);
    assert_eq!(table.read(&commit.adds[0]).await.unwrap(), body);
    assert!(store.get(&file.path).await.is_err());
}

#[tokio::test]
async fn what_cannot_be_is_not_committed() {
    let store = Store::memory();
    let mut table = open(&store).await.unwrap();
    ingest(&mut table, "one", 2).await.unwrap();
    let run = table.begin().await.unwrap();
    let (file, body) = part(7, "seven");
    run.stage(&[(&file, body)]).await.unwrap();
    let good = || {
        let mut draft = Draft::new(Act::Ingest);
        draft.inputs = vec![input("seven", 1)];
        draft.adds = vec![file.clone()];
        draft
    };
    type Spoil = fn(&mut Draft);
    let refused: [(&str, Spoil); 8] = [
        ("the rows of `seven.ndjson` do not add up", |it| it.inputs[0].counts.exact = 1),
        ("`one.ndjson` was taken in before", |it| it.inputs = vec![input("one", 1)]),
        ("`seven.ndjson` was taken in before", |it| {
            let mut twice = it.inputs[0].clone();
            twice.counts = Default::default();
            it.inputs.push(twice);
        }),
        ("which is not there", |it| it.removes.push("bronze/emissions/part-0.parquet".into())),
        ("not in a folder of the table", |it| it.adds[0].path = "bronze/emissions/../x".into()),
        ("which was there before", |it| {
            let twice = it.adds[0].clone();
            it.adds.push(twice);
        }),
        ("its files bring 1 rows", |it| it.inputs.clear()),
        ("its files bring 1 rows", |it| it.act = Act::Compact),
    ];
    for (reason, spoil) in refused {
        let mut draft = good();
        spoil(&mut draft);
        let error = table.append(&run, draft).await.unwrap_err();
        assert_eq!((error.code(), error.exit_status()), ("lake.commit_invalid", 70));
        assert!(error.to_string().contains(reason), "{error}");
    }
    assert_eq!(table.state().next(), 1);
    table.append(&run, good()).await.unwrap();
}

#[tokio::test]
async fn a_log_that_was_changed_is_noticed() {
    let store = Store::memory();
    let mut table = open(&store).await.unwrap();
    ingest(&mut table, "one", 2).await.unwrap();
    ingest(&mut table, "two", 2).await.unwrap();
    let key = format!("{}commits/{:020}", name().aside(), 0);
    let first = store.get(&key).await.unwrap().body;
    let text = String::from_utf8(first.to_vec()).unwrap().replace("one.ndjson", "six.ndjson");
    store.put(&key, text, &Put::default()).await.unwrap();
    let error = open(&store).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("lake.log_broken", 7));
    assert!(error.to_string().contains("commit 1 of"), "{error}");
    store.delete(&key).await.unwrap();
    assert_eq!(open(&store).await.unwrap_err().code(), "lake.log_broken");
}

#[tokio::test]
async fn versions_decide_only_where_there_are_versions() {
    let memory = || {
        let clock = Arc::new(SetClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
        Store::new(Arc::new(Memory::new(BucketState::plain(), clock).unwrap()), "")
    };
    let mut by_versions = options();
    by_versions.conditions = Some(Conditions::OldestVersion);
    let error = Lake::open(&memory(), by_versions).await.unwrap_err();
    assert_eq!(error.code(), "lake.document_invalid");
    // Nor is a lake opened that was begun where there were some.
    let store = memory();
    let document = serde_json::json!({
        "v": 1, "conditions": Conditions::OldestVersion, "created_at": "2026-03-01T12:00:00Z",
    });
    let key = "_strongroom/lake/lake.json";
    store.put(key, document.to_string(), &Put::default()).await.unwrap();
    let error = Lake::open(&store, options()).await.unwrap_err();
    assert!(error.to_string().contains("keeps none"), "{error}");
}

#[tokio::test]
async fn a_run_that_was_abandoned_is_cleaned_away_after_a_day() {
    let clock = Arc::new(SetClock::at("2026-03-01T12:00:00Z".parse().unwrap()));
    let memory = Memory::new(BucketState::plain(), clock.clone()).unwrap();
    let store = Store::new(Arc::new(memory), "");
    let mut options = options();
    options.clock = clock.clone();
    let lake = Lake::open(&store, options).await.unwrap();
    let mut table = lake.table(&name()).await.unwrap();
    let run = table.begin().await.unwrap();
    let (file, body) = part(1, "one");
    run.stage(&[(&file, body)]).await.unwrap();
    clock.advance(std::time::Duration::from_secs(13 * 3600));
    assert_eq!(table.heal().await.unwrap().abandoned, 0);
    let mut draft = Draft::new(Act::Ingest);
    draft.inputs = vec![input("one", 1)];
    draft.adds = vec![file];
    // So late that its files may be gone any moment.
    assert_eq!(table.append(&run, draft).await.unwrap_err().code(), "lake.too_late");
    clock.advance(std::time::Duration::from_secs(12 * 3600));
    assert_eq!(table.heal().await.unwrap().abandoned, 1);
    assert!(store.list(&name().aside(), None, 10).await.unwrap().entries.is_empty());
}

#[tokio::test]
async fn a_directory_takes_many_files_in_one_commit() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::local(folder.path());
    let mut table = open(&store).await.unwrap();
    ingest(&mut table, "one", 480).await.unwrap();
    let (file, body) = part(480, "one 480");
    assert_eq!(std::fs::read(folder.path().join(&file.path)).unwrap(), body);
    assert_eq!(open(&store).await.unwrap().state().rows(Kind::Data), 480);
    let staging = folder.path().join("_strongroom/lake/bronze/emissions/staging");
    assert!(!staging.exists());
}

#[tokio::test]
async fn objects_are_moved_many_at_once_wherever_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let check = CHECKS.iter().find(|it| it.name == "groups").unwrap();
    for store in [Store::memory(), Store::local(folder.path())] {
        assert_eq!(check.run(&store, &Settings::default()).await, Outcome::Kept, "{store:?}");
    }
}

#[tokio::test]
async fn a_commit_is_recorded_in_the_ledger_once() {
    let store = Store::memory();
    let log = platform::ledger::Options::default();
    let ledger = platform::ledger::Ledger::open(&Store::memory(), log).await.unwrap();
    let with_ledger = async |store: &Store| {
        let mut options = options();
        options.ledger = Some(ledger.clone());
        Lake::open(store, options).await?.table(&name()).await
    };
    let records = || ledger.head().size;
    let mut table = with_ledger(&store).await.unwrap();
    ingest(&mut table, "one", 2).await.unwrap();
    let before = records();
    // The process dies behind the record, before what lies at the side is gone.
    let faulty = Faulty::new(store.backend().clone(), |call| {
        let cleaning = call.act == platform::store::fault::Act::Delete;
        cleaning.then_some(Fault::Lost)
    });
    let mut table = with_ledger(&Store::new(Arc::new(faulty), "")).await.unwrap();
    ingest(&mut table, "two", 2).await.unwrap_err();
    let table = with_ledger(&store).await.unwrap();
    assert_eq!(table.state().next(), 2);
    assert_eq!(records(), before + 1);
}

#[tokio::test]
async fn the_same_rows_from_elsewhere_are_another_file_and_what_comes_again_stays() {
    let store = Store::memory();
    let mut table = open(&store).await.unwrap();
    ingest(&mut table, "one", 1).await.unwrap();
    let (file, body) = part(1, "one 1");
    let mut run = table.begin().await.unwrap();
    run.stage(&[(&file, body.clone())]).await.unwrap();
    let mut draft = Draft::new(Act::Ingest);
    draft.inputs = vec![input("two", 1)];
    draft.adds = vec![file.clone()];
    let Appended::Committed(commit) = table.append(&run, draft).await.unwrap() else { panic!() };
    assert_ne!(commit.adds[0].path, file.path);
    assert_eq!(table.state().rows(Kind::Data), 2);
    // Aggregates that come out as they were.
    run = table.begin().await.unwrap();
    run.stage(&[(&file, body.clone())]).await.unwrap();
    let mut draft = Draft::new(Act::Aggregate);
    draft.adds = vec![file.clone()];
    draft.removes = vec![file.path.clone()];
    let Appended::Committed(commit) = table.append(&run, draft).await.unwrap() else { panic!() };
    assert!(commit.adds.is_empty() && commit.removes.is_empty());
    assert_eq!(table.read(&file).await.unwrap(), body);
}

#[tokio::test]
async fn files_of_this_machine_are_taken_over() {
    let (folder, elsewhere) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for store in [Store::local(folder.path()), Store::memory()] {
        let mut table = open(&store).await.unwrap();
        for (text, months) in [("few", 1), ("many", 20)] {
            let run = table.begin().await.unwrap();
            let work = run.folder().unwrap_or_else(|| elsewhere.path().to_owned());
            std::fs::create_dir_all(&work).unwrap();
            let files: Vec<_> = (1..=months).map(|it| part(it, &format!("{text} {it}"))).collect();
            let made: Vec<_> = (files.iter().zip(0..))
                .map(|((file, body), nth)| {
                    let path = work.join(format!("{nth}.parquet"));
                    std::fs::write(&path, body).unwrap();
                    (file, path)
                })
                .collect();
            run.stage_files(&made).await.unwrap();
            std::fs::write(work.join("left"), "behind").unwrap();
            let mut draft = Draft::new(Act::Ingest);
            draft.inputs = vec![input(text, months.into())];
            draft.adds = files.iter().map(|(file, _)| file.clone()).collect();
            let appended = table.append(&run, draft).await.unwrap();
            assert!(matches!(appended, Appended::Committed(_)));
            for (file, body) in &files {
                assert_eq!(table.read(file).await.unwrap(), body);
            }
        }
        let left = store.list(&format!("{}staging", name().aside()), None, 9).await.unwrap();
        assert!(left.entries.is_empty());
    }
    assert!(!folder.path().join("_strongroom/lake/bronze/emissions/staging").exists());
}
