//! Bronze to silver to gold in tasks comes to the same files as in one process.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use lake::commits::{Commit, Lake, Options, TableName};
use lake::compact::{self, compact};
use lake::gold::{self, Benchmarks, Metric};
use lake::ingest::{Options as How, ingest, local_inputs};
use lake::schema::{ACTIVITY, Document};
use lake::silver::{self, EntityRule, Reference, pin};
use lake::zones::distributed::{Aggregating, Cuts, Refining, Step, work};
use lake::zones::{
    AggregateOptions, Aggregation, Error, RefineOptions, Refinement, aggregate, refine,
};
use platform::factors::FactorStore;
use platform::numbered::Retry;
use platform::store::{Conditions, Store};
use storage_core::factors::KnownAt;

use super::making::{making, put, sorts};

fn bronze() -> TableName {
    "bronze/emissions".parse().unwrap()
}

fn silver() -> TableName {
    "silver/esg/emissions".parse().unwrap()
}

async fn open(folder: &Path) -> Lake {
    let mut options = Options::new("ana");
    options.retry = Retry::NEVER;
    options.conditions = Some(Conditions::Atomic);
    Lake::open(&Store::open(folder.to_str().unwrap()).await.unwrap(), options).await.unwrap()
}

/// Rows of two tenants in the same months of two years, some of them without an answer.
fn lines(from: u32, count: u32, quantity: u32) -> String {
    let factors =
        [("long", "kWh"), ("grid", "MWh"), ("wood", "t"), ("nobody", "kWh"), ("masses", "kWh")];
    let line = |nth: u32| {
        let (factor, unit) = factors[nth as usize % if nth.is_multiple_of(3) { 5 } else { 3 }];
        let source = ["erp", "ERP ", "meter", "unheard of"][nth as usize % 4];
        format!(
            "{{\"tenant_id\":\"t-{}\",\"activity_id\":\"a-{nth}\",\"emission_factor_id\":\"{factor}\",\
             \"quantity\":{}.{nth},\"unit\":\"{unit}\",\"source\":\"{source}\",\
             \"timestamp\":\"202{}-0{}-03T00:00:00Z\"}}\n",
            nth % 2,
            nth + quantity,
            4 + nth % 7 % 2,
            nth % 4 + 1,
        )
    };
    (from..from + count).map(line).collect()
}

async fn take(lake: &Lake, name: &str, text: &str) {
    let raw = tempfile::tempdir().unwrap();
    std::fs::write(raw.path().join(name), text).unwrap();
    let document = Document::parse(&ACTIVITY.replace("winner: first", "winner: last")).unwrap();
    let inputs = local_inputs(raw.path()).unwrap();
    ingest(lake, &document, inputs, &How::default()).await.unwrap();
}

/// Two folders with the same lake.
struct Both {
    one: tempfile::TempDir,
    other: tempfile::TempDir,
    factors: FactorStore,
    rows_per_file: usize,
    together: u64,
}

impl Both {
    async fn take(&self, name: &str, text: &str) {
        for folder in [&self.one, &self.other] {
            take(&open(folder.path()).await, name, text).await;
        }
    }

    fn cuts(&self) -> Cuts {
        let mut cuts = Cuts::default();
        cuts.together = Some(self.together);
        cuts
    }

    fn refining(&self, (retry, restate): (bool, bool), resolve: bool) -> RefineOptions {
        let known_at = pin(&self.factors.catalogue(), &KnownAt::Now).unwrap();
        let mut options = RefineOptions::new(silver::Options::new(known_at));
        if resolve {
            let file = "id,name,aliases,kind\n1,ERP,,books\n2,Meter 2,meter,device\n";
            let reference = Arc::new(Reference::csv("systems", file.as_bytes()).unwrap());
            let (column, into, keep) = ("source".into(), "source_id".into(), vec!["kind".into()]);
            options.silver.entities.push(EntityRule { column, reference, into, keep });
        }
        (options.retry, options.restate) = (retry, restate);
        options.rows_per_file = self.rows_per_file;
        options
    }

    /// Refines both, and holds them against each other.
    async fn refine(&self, modes: (bool, bool), resolve: bool) -> Refinement {
        let options = self.refining(modes, resolve);
        let one = open(self.one.path()).await;
        let wanted = refine(&one, &self.factors, &bronze(), &silver(), &options).await.unwrap();
        let mut session = self.session(&options).await;
        let came = self.run(&mut session).await.unwrap();
        assert_eq!(came.report, wanted.report);
        let told = |it: &Refinement| {
            (it.files, it.already, it.resolved, it.restated, it.dropped, same(it.commit.as_ref()))
        };
        assert_eq!(told(&came), told(&wanted));
        self.nothing_is_left();
        came
    }

    async fn session(&self, options: &RefineOptions) -> Refining {
        let tables = (bronze(), silver());
        let other = open(self.other.path()).await;
        Refining::new(&other, &self.factors, tables, options.clone(), self.cuts())
    }

    /// Does every task twice, the last one first.
    async fn run(&self, session: &mut Refining) -> Result<Refinement, Error> {
        let mut done = Vec::new();
        loop {
            match session.next(&done).await? {
                Step::Done(refinement) => return Ok(refinement),
                Step::Do { tasks, .. } => {
                    let run = session.run().unwrap().to_owned();
                    done = self.work(session.table(), &run, &tasks).await;
                }
            }
        }
    }

    async fn work(&self, table: &TableName, run: &str, tasks: &[String]) -> Vec<String> {
        let url = self.other.path().to_str().unwrap();
        let mut done = Vec::new();
        for task in tasks.iter().rev().chain(tasks) {
            done.push(work(url, table, run, task).await.unwrap());
        }
        done
    }

    /// Sums both up, and holds them against each other.
    async fn aggregate(&self) -> BTreeMap<Metric, Aggregation> {
        let known_at = pin(&self.factors.catalogue(), &KnownAt::Now).unwrap();
        let file = "benchmark,category,per,value,source\nwood,fuels,t,2,somebody\n";
        let benchmarks = Some(Benchmarks::csv(file.as_bytes()).unwrap());
        let mut gold = gold::Options::default();
        (gold.known_at, gold.benchmarks) = (known_at, benchmarks);
        let mut options = AggregateOptions::new(gold);
        options.metrics.extend([Metric::YearOverYear, Metric::Benchmark]);
        options.like_for_like = Some((self.factors.clone(), silver::Options::new(known_at)));
        let one = open(self.one.path()).await;
        let wanted = aggregate(&one, &silver(), "esg", &options).await.unwrap();
        let other = open(self.other.path()).await;
        let mut session = Aggregating::new(&other, &silver(), "esg", options, self.cuts()).unwrap();
        let mut done = Vec::new();
        let came = loop {
            match session.next(&done).await.unwrap() {
                Step::Done(came) => break came,
                Step::Do { tasks, .. } => {
                    let run = session.run().unwrap().to_owned();
                    done = self.work(session.table(), &run, &tasks).await;
                }
            }
        };
        let told = |it: &Aggregation| {
            (it.metric, it.table.clone(), it.months.clone(), same(it.commit.as_ref()))
        };
        let (came_told, wanted): (Vec<_>, Vec<_>) =
            (came.iter().map(told).collect(), wanted.iter().map(told).collect());
        assert_eq!(came_told, wanted);
        self.nothing_is_left();
        came.into_iter().map(|it| (it.metric, it)).collect()
    }

    fn nothing_is_left(&self) {
        let aside = self.other.path().join("_strongroom/lake");
        for table in ["silver/esg/emissions", "gold/esg/summary"] {
            let left = std::fs::read_dir(aside.join(table).join("staging"));
            assert_eq!(left.map_or(0, Iterator::count), 0, "{table}");
        }
    }
}

/// What has to be the same of a commit.
fn same(commit: Option<&Commit>) -> Option<impl PartialEq + std::fmt::Debug + use<>> {
    let it = commit?.clone();
    Some((it.number, it.act, it.schema, it.inputs, it.displaced, it.adds, it.removes, it.notes))
}

async fn both(rows_per_file: usize, together: u64) -> Both {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    Both { one, other, factors: sorts().await, rows_per_file, together }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tasks_and_one_process_come_to_the_same_files() {
    for (rows_per_file, together, resolve) in
        [(1 << 19, 1, false), (20, 20_000, true), (7, 1 << 30, false)]
    {
        let both = both(rows_per_file, together).await;
        both.take("a.ndjson", &lines(0, 300, 0)).await;
        both.take("b.ndjson", &lines(300, 100, 0)).await;
        let first = both.refine((false, false), resolve).await;
        assert!(first.report.accepted > 100 && first.report.rejects() > 20, "{:?}", first.report);
        let adds = first.commit.unwrap().adds.len();
        assert!(adds >= 8 && (rows_per_file > 100 || adds > 16), "{adds} files");
        let gold = both.aggregate().await;
        assert!(gold.values().all(|it| it.commit.is_some()), "{gold:?}");
        assert_eq!(gold.len(), 6);
        // Nothing is new.
        assert!(both.refine((false, false), resolve).await.commit.is_none());
        assert!(both.aggregate().await.values().all(|it| it.commit.is_none()));
        // A factor that came, rows that take the place of others, and a factor that was corrected.
        put(&both.factors, &making("nobody", "kWh", &[("co2e", "0.5")]), false).await;
        let retried = both.refine((true, false), resolve).await;
        assert!(retried.resolved > 0, "{:?}", retried.report);
        both.take("c.ndjson", &lines(250, 100, 5)).await;
        let second = both.refine((false, false), resolve).await;
        assert!(second.dropped > 0, "{:?}", second.report);
        put(&both.factors, &making("long", "kWh", &[("co2e", "0.75")]), true).await;
        let third = both.refine((false, true), resolve).await;
        assert!(third.restated > 0, "{:?}", third.report);
        both.aggregate().await;
        // New rows that were put together with others before anybody refined them.
        both.take("d.ndjson", &lines(400, 60, 0)).await;
        for folder in [&both.one, &both.other] {
            let mut table = open(folder.path()).await.table(&bronze()).await.unwrap();
            assert!(compact(&mut table, &compact::Options::default()).await.unwrap().is_some());
        }
        let fourth = both.refine((false, false), resolve).await;
        assert!(fourth.dropped > 0 && fourth.report.rows > 60, "{:?}", fourth.report);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_that_was_overtaken_begins_anew() {
    let both = both(1 << 19, 1).await;
    both.take("a.ndjson", &lines(0, 60, 0)).await;
    both.take("b.ndjson", &lines(60, 60, 0)).await;
    let options = both.refining((false, false), false);
    // The files it was to read are made larger ones meanwhile.
    let mut session = both.session(&options).await;
    let Step::Do { tasks, .. } = session.next(&[]).await.unwrap() else { panic!() };
    let first = session.run().unwrap().to_owned();
    let other = open(both.other.path()).await;
    let mut table = other.table(&bronze()).await.unwrap();
    assert!(compact(&mut table, &compact::Options::default()).await.unwrap().is_some());
    let done = both.work(session.table(), &first, &tasks).await;
    let Step::Do { stage, tasks } = session.next(&done).await.unwrap() else { panic!() };
    assert_eq!(stage, "refine");
    let second = session.run().unwrap().to_owned();
    assert_ne!(first, second);
    // Somebody else refines all of it.
    let done = both.work(session.table(), &second, &tasks).await;
    let Step::Do { stage, tasks } = session.next(&done).await.unwrap() else { panic!() };
    assert_eq!(stage, "write");
    let theirs = refine(&other, &both.factors, &bronze(), &silver(), &options).await.unwrap();
    let done = both.work(session.table(), &second, &tasks).await;
    let Step::Done(refinement) = session.next(&done).await.unwrap() else { panic!() };
    assert!(theirs.commit.is_some() && refinement.commit.is_none());
    both.nothing_is_left();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_task_that_nobody_did_is_missed_and_nothing_is_committed() {
    let both = both(1 << 19, 1).await;
    both.take("a.ndjson", &lines(0, 60, 0)).await;
    let options = both.refining((false, false), false);
    let mut session = both.session(&options).await;
    let Step::Do { tasks, .. } = session.next(&[]).await.unwrap() else { panic!() };
    assert!(tasks.len() > 1);
    let run = session.run().unwrap().to_owned();
    let done = both.work(session.table(), &run, &tasks[1..]).await;
    let error = session.next(&done).await.unwrap_err();
    let told = std::error::Error::source(&error).map(ToString::to_string);
    assert!(told.is_some_and(|it| it.contains("nobody did the task 0")), "{error}");
    session.abandon().await.unwrap();
    both.nothing_is_left();
    let lake = open(both.other.path()).await;
    assert!(lake.reader(&silver()).await.is_err(), "nothing was committed");
}
