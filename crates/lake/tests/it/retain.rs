//! Rows go when their time is over and nothing rests on them, and whatever dies meanwhile.

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::sync::Arc;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use futures_util::TryStreamExt as _;
use lake::commits::{Act, File, Kind, Lake, Options, TableName};
use lake::compact::{self, compact};
use lake::gold;
use lake::ingest::{Options as How, Took, ingest};
use lake::read::Source;
use lake::retain::{Policy, Reason, Until, apply, left, prepare};
use lake::schema::{ACTIVITY, Document};
use lake::silver::{self, pin};
use lake::zones::{AggregateOptions, RefineOptions, aggregate, refine};
use platform::clock::SetClock;
use platform::factors::FactorStore;
use platform::ledger::{self, Ledger};
use platform::numbered::Retry;
use platform::store::fault::{Fault, Faulty};
use platform::store::{BucketState, Conditions, Memory, Put, Store, Versioning};
use storage_core::factors::KnownAt;
use storage_core::{Digest, Lock, LockMode};

use super::making::sorts;

/// Gold for seven years after the period, silver for three, bronze for one.
const POLICY: &str = "
retention: lake-retention/1
rules:
  - tables: [bronze/*]
    keep: [{for: P1Y, evidence: house, law: decision 7}]
  - tables: [silver/*]
    keep: [{for: P3Y, evidence: house, law: decision 7}]
  - tables: [gold/*]
    keep: [{for: P7Y, evidence: platform-csrd}]
";

struct Text(&'static str, String);

impl Source for Text {
    fn name(&self) -> &str {
        self.0
    }

    fn size(&self) -> Option<u64> {
        Some(self.1.len() as u64)
    }

    fn open(&self) -> io::Result<Box<dyn Read + Send>> {
        Ok(Box::new(io::Cursor::new(self.1.clone().into_bytes())))
    }
}

pub(super) fn row(tenant: &str, activity: u32, month: &str) -> String {
    format!(
        "{{\"tenant_id\":\"{tenant}\",\"activity_id\":\"a-{activity}\",\"emission_factor_id\":\"gas\",\
         \"quantity\":10,\"unit\":\"kWh (Gross CV)\",\"timestamp\":\"{month}-03T00:00:00Z\"}}\n"
    )
}

pub(super) fn at(text: &str) -> DateTime<Utc> {
    format!("{text}T12:00:00Z").parse().unwrap()
}

pub(super) fn day(text: &str) -> Option<NaiveDate> {
    Some(text.parse().unwrap())
}

pub(super) fn name(text: &str) -> TableName {
    text.parse().unwrap()
}

/// A lake, and who tells the time in it.
pub(super) struct Scene {
    pub(super) store: Store,
    pub(super) clock: Arc<SetClock>,
    ledger: Option<Ledger>,
    factors: FactorStore,
}

impl Scene {
    pub(super) async fn new(store: Store, clock: Arc<SetClock>) -> Self {
        Self { store, clock, ledger: None, factors: sorts().await }
    }

    /// The same with other contents.
    pub(super) fn beside(&self, store: Store) -> Self {
        let (clock, ledger, factors) = (self.clock.clone(), None, self.factors.clone());
        Self { store, clock, ledger, factors }
    }

    pub(super) async fn lake(&self) -> Lake {
        self.lake_at(&self.store).await.unwrap()
    }

    pub(super) async fn lake_at(&self, store: &Store) -> Result<Lake, lake::commits::Error> {
        let mut options = Options::new("ana");
        options.retry = Retry::NEVER;
        options.conditions = Some(Conditions::Atomic);
        options.clock = self.clock.clone();
        options.ledger = self.ledger.clone();
        Lake::open(store, options).await
    }

    pub(super) async fn take(&self, name: &'static str, rows: &[String]) -> Took {
        let document = Document::parse(ACTIVITY).unwrap();
        let input = Box::new(Text(name, rows.concat()));
        let report =
            ingest(&self.lake().await, &document, vec![input], &How::default()).await.unwrap();
        report.inputs[0].took.clone()
    }

    pub(super) async fn raise(&self) -> usize {
        let lake = self.lake().await;
        self.refine(&lake).await.unwrap() + self.aggregate(&lake).await.unwrap()
    }

    /// The number of commits.
    pub(super) async fn refine(&self, lake: &Lake) -> Result<usize, lake::zones::Error> {
        let known_at = pin(&self.factors.catalogue(), &KnownAt::Now).unwrap();
        let options = RefineOptions::new(silver::Options::new(known_at));
        let (bronze, silver) = (name("bronze/emissions"), name("silver/esg/emissions"));
        let refined = refine(lake, &self.factors, &bronze, &silver, &options).await?;
        Ok(usize::from(refined.commit.is_some()))
    }

    /// The number of commits.
    pub(super) async fn aggregate(&self, lake: &Lake) -> Result<usize, lake::zones::Error> {
        let known_at = pin(&self.factors.catalogue(), &KnownAt::Now).unwrap();
        let options = AggregateOptions::new(gold::Options { known_at, ..gold::Options::default() });
        let done = aggregate(lake, &name("silver/esg/emissions"), "emissions", &options).await?;
        Ok(done.iter().filter(|it| it.commit.is_some()).count())
    }

    /// Two tenants in January of 2021 with a row that is refused, and one in February; all the way up.
    pub(super) async fn old_rows(&self) {
        let january = [row("acme", 1, "2021-01"), row("zeta", 2, "2021-01"), "{\n".to_owned()];
        self.take("january.ndjson", &january).await;
        self.take("february.ndjson", &[row("acme", 3, "2021-02")]).await;
        assert_eq!(self.raise().await, 5);
    }

    /// What engines see: paths without names of files, and how many there are.
    async fn seen(&self) -> BTreeMap<String, usize> {
        let keys: Vec<_> = self.store.list_all("", None).try_collect().await.unwrap();
        let mut seen = BTreeMap::new();
        for key in keys {
            let (folder, _) = key.key.as_str().rsplit_once('/').unwrap();
            if !folder.starts_with('_') {
                *seen.entry(folder.to_owned()).or_default() += 1;
            }
        }
        seen
    }
}

pub(super) async fn scene(today: &str) -> Scene {
    let clock = Arc::new(SetClock::at(at("2021-03-01")));
    let memory = Memory::new(BucketState::plain(), clock.clone()).unwrap();
    let scene = Scene::new(Store::new(Arc::new(memory), ""), clock).await;
    scene.old_rows().await;
    scene.clock.set(at(today));
    scene
}

pub(super) fn policy() -> Policy {
    Policy::parse(POLICY).unwrap()
}

#[tokio::test]
async fn what_gold_rests_on_stays_as_long_as_gold() {
    let scene = scene("2031-03-01").await;
    let lake = scene.lake().await;
    let plan = prepare(&lake, &policy(), day("2025-06-01")).await.unwrap();
    assert_eq!(plan.removes, []);
    let kept: Vec<_> =
        plan.kept.iter().map(|it| (it.table.to_string(), &*it.partition, it.ended)).collect();
    let ended = |text: &str| text.parse::<NaiveDate>().unwrap();
    assert_eq!(
        kept,
        [
            ("silver/esg/emissions".to_owned(), "year=2021/month=1", ended("2024-01-31")),
            ("silver/esg/emissions".to_owned(), "year=2021/month=2", ended("2024-02-28")),
            (
                "bronze/emissions".to_owned(),
                "tenant_id=acme/year=2021/month=1",
                ended("2022-01-31")
            ),
            (
                "bronze/emissions".to_owned(),
                "tenant_id=acme/year=2021/month=2",
                ended("2022-02-28")
            ),
            (
                "bronze/emissions".to_owned(),
                "tenant_id=zeta/year=2021/month=1",
                ended("2022-01-31")
            ),
            ("bronze/emissions".to_owned(), "", ended("2022-03-01")),
        ]
    );
    // Named through silver, with the duty on gold and its law.
    let Reason::RestsOn { table, because, .. } = &plan.kept[2].reason else { panic!() };
    assert_eq!(table, &name("silver/esg/emissions"));
    let Reason::RestsOn { table, because, .. } = &**because else { panic!() };
    assert_eq!(table.zone(), lake::commits::Zone::Gold);
    let Reason::Duty { evidence, law, last } = &**because else { panic!() };
    assert_eq!((&**evidence, *last), ("platform-csrd", ended("2028-01-31")));
    assert!(law.contains("seven years"), "{law}");
    // The refused row shows what became of its input for as long as the other rows of that are there.
    let Reason::Inputs { partition, because } = &plan.kept[5].reason else { panic!() };
    assert_eq!(partition, "tenant_id=acme/year=2021/month=1");
    assert_eq!(because.until(), Until::Day(ended("2028-01-31")));
    // The last day belongs to it.
    assert!(prepare(&lake, &policy(), day("2028-01-31")).await.unwrap().removes.is_empty());
}

#[tokio::test]
async fn a_month_goes_from_all_zones_and_never_comes_back() {
    let mut scene = scene("2028-02-01").await;
    let log = ledger::Options::default();
    scene.ledger = Some(Ledger::open(&Store::memory(), log).await.unwrap());
    scene.take("new.ndjson", &[row("acme", 9, "2027-12")]).await;
    scene.raise().await;
    let before = scene.ledger.as_ref().unwrap().head().size;
    let lake = scene.lake().await;
    let plan = prepare(&lake, &policy(), None).await.unwrap();
    let digest = plan.digest();

    let error = apply(&lake, &policy(), None, Digest::of(b"another")).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("lake_retain.plan_differs", 4));
    let error = apply(&lake, &policy(), day("2028-02-02"), digest).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("lake_retain.not_yet", 2));
    let held = POLICY.to_owned() + "holds: [{name: case-1, tenant: acme, reason: court}]";
    let error = apply(&lake, &Policy::parse(&held).unwrap(), None, digest).await.unwrap_err();
    assert_eq!(error.exit_status(), 4);

    let applied = apply(&lake, &policy(), None, digest).await.unwrap();
    assert_eq!(applied.left, []);
    let order: Vec<_> =
        applied.commits.iter().map(|it| (it.table.to_string(), it.removes.len())).collect();
    assert_eq!(
        order,
        [
            ("gold/emissions/activity".to_owned(), 1),
            ("gold/emissions/coverage".to_owned(), 1),
            ("gold/emissions/summary".to_owned(), 1),
            ("silver/esg/emissions".to_owned(), 1),
            ("bronze/emissions".to_owned(), 3),
        ]
    );
    for commit in &applied.commits {
        assert_eq!((commit.act, commit.adds.len(), commit.inputs.len()), (Act::Retain, 0, 0));
        assert_eq!(commit.notes["plan"], digest.to_string());
        assert_eq!(commit.notes["policy"], policy().digest().to_string());
    }
    assert_eq!(scene.ledger.as_ref().unwrap().head().size, before + 5);
    let seen = scene.seen().await;
    assert!(!seen.keys().any(|it| it.contains("year=2021/month=1")), "{seen:?}");
    // The refused row went with the rows of its input.
    assert!(!seen.keys().any(|it| it.starts_with("quarantine")), "{seen:?}");
    assert!(seen.contains_key("gold/emissions/summary/year=2021/month=2"), "{seen:?}");

    // What came is what is there and what went.
    let table = lake.table(&name("bronze/emissions")).await.unwrap();
    let state = table.state();
    assert_eq!((state.rows(Kind::Data), state.retained(Kind::Data)), (2, 2));
    assert_eq!((state.rows(Kind::Quarantine), state.retained(Kind::Quarantine)), (0, 1));
    assert_eq!(state.counts().accepted, state.rows(Kind::Data) + state.retained(Kind::Data));
    // The same bytes are known, and nothing is refined or summed up anew.
    let january = [row("acme", 1, "2021-01"), row("zeta", 2, "2021-01"), "{\n".to_owned()];
    assert!(matches!(scene.take("again.ndjson", &january).await, Took::Known { .. }));
    assert_eq!(scene.raise().await, 0);
    assert_eq!(scene.seen().await, seen);
    // The plan was carried out, and stays so.
    let again = apply(&lake, &policy(), None, digest).await.unwrap();
    assert_eq!(again.commits, applied.commits);
    assert_eq!(prepare(&lake, &policy(), None).await.unwrap().removes, []);
}

#[tokio::test]
async fn what_was_refined_since_the_plan_stays() {
    let clock = Arc::new(SetClock::at(at("2021-03-01")));
    let scene = Scene::new(Store::memory(), clock).await;
    scene.take("january.ndjson", &[row("acme", 1, "2021-01")]).await;
    scene.clock.set(at("2023-01-01"));
    let lake = scene.lake().await;
    let digest = {
        let plan = prepare(&lake, &policy(), None).await.unwrap();
        assert_eq!(plan.removes.len(), 1);
        plan.digest()
    };
    scene.raise().await;
    let error = apply(&lake, &policy(), None, digest).await.unwrap_err();
    assert_eq!(error.code(), "lake_retain.plan_differs");
    assert_eq!(scene.seen().await["bronze/emissions/tenant_id=acme/year=2021/month=1"], 1);
}

#[tokio::test]
async fn a_clock_that_was_put_back_or_ahead_of_commits_stops_everything() {
    let scene = scene("2028-02-01").await;
    let lake = scene.lake().await;
    let digest = prepare(&lake, &policy(), None).await.unwrap().digest();
    // The commits are from March 2021.
    scene.clock.set(at("2021-02-27"));
    let error = prepare(&lake, &policy(), None).await.unwrap_err();
    assert_eq!((error.code(), error.exit_status()), ("lake_retain.clock", 5));
    let error = apply(&lake, &policy(), None, digest).await.unwrap_err();
    assert_eq!(error.code(), "lake_retain.clock");
    // A few hours apart are no reason.
    scene.clock.set(at("2021-02-28"));
    prepare(&lake, &policy(), None).await.unwrap();
}

/// Another store with the same objects.
pub(super) async fn copied(store: &Store) -> Store {
    let copy = Store::memory();
    let keys: Vec<_> = store.list_all("", None).try_collect().await.unwrap();
    for key in keys {
        let body = store.get(key.key.as_str()).await.unwrap().body;
        copy.put(key.key.as_str(), body, &Put::default()).await.unwrap();
    }
    copy
}

/// Everything that does not depend on who ran when.
async fn contents(store: &Store) -> BTreeMap<String, Bytes> {
    let keys: Vec<_> = store.list_all("", None).try_collect().await.unwrap();
    let mut contents = BTreeMap::new();
    for key in keys.iter().map(|it| it.key.as_str()) {
        if !key.contains("/staging/") {
            let body = store.get(key).await.unwrap().body;
            let body = if key.contains("/commits/") { Bytes::new() } else { body };
            contents.insert(key.to_owned(), body);
        }
    }
    contents
}

#[tokio::test]
async fn a_crash_at_any_write_is_finished_and_leaves_nothing_without_what_it_rests_on() {
    let scene = scene("2028-02-01").await;
    let digest = prepare(&scene.lake().await, &policy(), None).await.unwrap().digest();
    let calm = copied(&scene.store).await;
    let lake = scene.lake_at(&calm).await.unwrap();
    apply(&lake, &policy(), None, digest).await.unwrap();
    let wanted = contents(&calm).await;
    assert!(wanted.len() < contents(&scene.store).await.len());
    let mut crashes = 0;
    for fault in [Fault::Lost, Fault::Kept] {
        for write in 0.. {
            let store = copied(&scene.store).await;
            let faulty =
                Arc::new(Faulty::dies_at_write(store.backend().clone(), write, fault.clone()));
            let died = match scene.lake_at(&Store::new(faulty.clone(), "")).await {
                Ok(lake) => apply(&lake, &policy(), None, digest).await.map(drop),
                Err(error) => Err(error.into()),
            };
            if faulty.met() == 0 {
                break;
            }
            crashes += 1;
            assert!(died.is_err(), "write {write} of {fault:?}");
            let lake = scene.lake_at(&store).await.unwrap();
            let mut above = 0;
            for table in ["gold/emissions/summary", "silver/esg/emissions", "bronze/emissions"] {
                let table = lake.table_as_it_is(&name(table)).await.unwrap();
                let live = table.state().live(Kind::Data);
                let month = live.filter(|it| it.file.path.contains("year=2021/month=1")).count();
                assert!(month >= above, "write {write} of {fault:?}");
                above = month;
            }
            let applied = apply(&lake, &policy(), None, digest).await.unwrap();
            assert_eq!((applied.commits.len(), applied.left.len()), (5, 0));
            assert_eq!(contents(&store).await, wanted, "write {write} of {fault:?}");
        }
    }
    assert!(crashes > 40, "{crashes}");
}

/// A bucket that keeps versions and protects them.
async fn locked(clock: Arc<SetClock>) -> Scene {
    let mut state = BucketState::plain();
    (state.versioning, state.object_lock) = (Versioning::On, true);
    let memory = Memory::new(state, clock.clone()).unwrap();
    Scene::new(Store::new(Arc::new(memory), ""), clock).await
}

/// The keys of all versions that hold something and of all markers, which contain one of `parts`.
async fn versions(store: &Store, parts: &[String]) -> Vec<String> {
    let all: Vec<_> = store.versions_all("").try_collect().await.unwrap();
    let keys = all.iter().map(|it| it.key.as_str().to_owned());
    let named = |key: &String| parts.iter().any(|part| key.contains(part));
    keys.filter(|it| named(it) && !it.contains("/commits/")).collect()
}

/// `folder`, and the digests that name its files, at the side too.
async fn files_of(store: &Store, folder: &str) -> Vec<String> {
    let mut parts = vec![folder.to_owned()];
    for key in versions(store, &parts).await {
        let name = key.rsplit_once("part-").expect("a file of rows").1;
        parts.push(name[..32].to_owned());
    }
    parts
}

#[tokio::test]
async fn no_version_of_rows_is_left_also_of_files_that_were_compacted() {
    let scene = locked(Arc::new(SetClock::at(at("2021-03-01")))).await;
    scene.old_rows().await;
    scene.take("late.ndjson", &[row("acme", 4, "2021-01")]).await;
    scene.raise().await;
    let lake = scene.lake().await;
    let mut table = lake.table(&name("bronze/emissions")).await.unwrap();
    compact(&mut table, &compact::Options::default()).await.unwrap().unwrap();
    // Somebody who lost a race had the same rows.
    let run = table.begin().await.unwrap();
    let rows = Bytes::from_static(b"rows of acme");
    let partition = [("tenant_id", "acme"), ("year", "2021"), ("month", "1")];
    let file = File::of(table.name(), Kind::Data, &partition, &rows, 1);
    run.stage(&[(&file, rows)]).await.unwrap();
    run.abandon().await.unwrap();
    let lost = [file.sha256.hex().to_string()];
    assert_eq!(versions(&scene.store, &lost).await.len(), 2);
    // The bytes of the small files are still there, in the folder and at the side.
    let acme = files_of(&scene.store, "acme/year=2021/month=1").await;
    assert!(versions(&scene.store, &acme).await.len() > 6);
    let january = [files_of(&scene.store, "year=2021/month=1").await, lost.to_vec()].concat();
    let february = files_of(&scene.store, "year=2021/month=2").await;
    scene.clock.set(at("2028-02-01"));
    let digest = prepare(&lake, &policy(), None).await.unwrap().digest();
    let applied = apply(&lake, &policy(), None, digest).await.unwrap();
    assert_eq!(applied.left, []);
    assert_eq!(versions(&scene.store, &january).await, [""; 0]);
    assert!(versions(&scene.store, &february).await.len() > 3);
    let table = lake.table(&name("bronze/emissions")).await.unwrap();
    for live in table.state().files().values() {
        table.read(&live.file).await.unwrap();
    }
}

#[tokio::test]
async fn what_the_store_protects_stays_until_it_does_not_any_more() {
    let scene = locked(Arc::new(SetClock::at(at("2021-03-01")))).await;
    scene.old_rows().await;
    scene.clock.set(at("2028-02-01"));
    let lake = scene.lake().await;
    let plan = prepare(&lake, &policy(), None).await.unwrap();
    let january = files_of(&scene.store, "year=2021/month=1").await;
    let bronze = name("bronze/emissions");
    let paths: Vec<_> = plan.of(&bronze).map(|it| it.path.clone()).collect();
    let until = at("2029-01-01");
    let lock = Lock { mode: LockMode::Compliance, until };
    scene.store.retain(&paths[0], None, lock, false).await.unwrap();
    scene.store.hold(&paths[1], None, true).await.unwrap();
    let digest = plan.digest();
    let applied = apply(&lake, &policy(), None, digest).await.unwrap();
    assert_eq!(applied.commits.len(), 5);
    let [there] = &*applied.left else { panic!("{:?}", applied.left) };
    let files: Vec<_> =
        there.files.iter().map(|it| (it.path.clone(), it.until, &*it.reason)).collect();
    let wanted = [
        (paths[0].clone(), Some(until), "the store protects it"),
        (paths[1].clone(), None, "the store holds it"),
    ];
    assert_eq!((&there.table, there.plan, files), (&bronze, digest, wanted.to_vec()));
    // Nobody sees it any more, and the table goes on.
    assert!(!scene.seen().await.keys().any(|it| it.contains("year=2021/month=1")));
    scene.take("new.ndjson", &[row("acme", 9, "2027-12")]).await;
    scene.raise().await;
    assert_eq!(left(&lake).await.unwrap(), applied.left);
    // Later, and with other rows in the lake, it is finished by the same digest.
    scene.store.hold(&paths[1], None, false).await.unwrap_err();
    let hidden: Vec<_> = scene.store.versions_all(&paths[1]).try_collect().await.unwrap();
    let version = hidden.iter().find(|it| !it.delete_marker).unwrap().version.clone();
    scene.store.hold(&paths[1], Some(&version), false).await.unwrap();
    let again = apply(&lake, &policy(), None, digest).await.unwrap();
    assert_eq!(again.left[0].files.len(), 1);
    scene.clock.set(at("2029-01-02"));
    let done = apply(&lake, &policy(), None, digest).await.unwrap();
    assert_eq!((done.commits.len(), done.left), (5, Vec::new()));
    assert_eq!(left(&lake).await.unwrap(), []);
    assert_eq!(versions(&scene.store, &january).await, [""; 0]);
}

#[tokio::test]
async fn a_commit_that_removes_rows_says_why() {
    use lake::commits::Draft;
    let scene = scene("2028-02-01").await;
    let mut table = scene.lake().await.table(&name("bronze/emissions")).await.unwrap();
    let live = table.state().live(Kind::Data).next().unwrap().file.clone();
    let run = table.begin().await.unwrap();
    let digest = Digest::of(b"plan").to_string();
    let notes: BTreeMap<String, String> =
        [("plan".to_owned(), digest.clone()), ("policy".to_owned(), digest)].into();
    let good = || {
        let mut draft = Draft::new(Act::Retain);
        (draft.removes, draft.notes) = (vec![live.path.clone()], notes.clone());
        draft
    };
    type Spoil = fn(&mut Draft);
    let refused: [(&str, Spoil); 4] = [
        ("it names no plan or no policy", |it| it.notes = BTreeMap::new()),
        ("it removes nothing", |it| it.removes.clear()),
        ("it brings something", |it| it.displaced = 1),
        // What is ingested or compacted never makes less of what is there.
        ("its files bring -1 rows", |it| it.act = Act::Compact),
    ];
    for (reason, spoil) in refused {
        let mut draft = good();
        spoil(&mut draft);
        let error = table.append(&run, draft).await.unwrap_err();
        assert_eq!(error.code(), "lake.commit_invalid");
        assert!(error.to_string().contains(reason), "{error}");
    }
    table.append(&run, good()).await.unwrap();
}
