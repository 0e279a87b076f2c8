//! Which rows may go: policies, holds, and that nothing goes that something rests on.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use lake::commits::{Act, Commit, Counts, File, Input, Kind, State, TableName};
use lake::retain::{DEFAULT_POLICY, Period, Plan, Policy, Reason, Seen, plan};
use proptest::prelude::*;
use storage_core::Digest;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn schema() -> Digest {
    Digest::of(b"schema")
}

/// A log that is written commit by commit.
struct Log {
    state: State,
    history: Vec<Commit>,
}

impl Log {
    fn new(table: &str) -> Self {
        let name: TableName = table.parse().unwrap();
        Self { state: State::new(name), history: Vec::new() }
    }

    /// Adds files in `folders` and takes in `inputs`; one row per file.
    fn commit(
        &mut self,
        act: Act,
        at: &str,
        inputs: &[Digest],
        files: &[(Kind, &str)],
        removes: &[String],
        notes: &[(&str, &str)],
    ) -> Vec<File> {
        let table = self.state.table().clone();
        let number = self.state.next();
        let adds: Vec<File> = (files.iter().zip(0..))
            .map(|((kind, folder), nth)| {
                let levels: Vec<_> =
                    folder.split('/').filter_map(|it| it.split_once('=')).collect();
                File::of(&table, *kind, &levels, format!("{table} {number} {nth}").as_bytes(), 1)
            })
            .collect();
        let of = |kind| adds.iter().filter(|it| it.kind == kind).count() as u64;
        let counts = Counts {
            rows: adds.len() as u64,
            accepted: of(Kind::Data),
            exact: of(Kind::Duplicates),
            quarantined: of(Kind::Quarantine),
            ..Counts::default()
        };
        let mut inputs: Vec<Input> = (inputs.iter())
            .map(|sha256| Input {
                path: sha256.to_string(),
                sha256: *sha256,
                size_bytes: 1,
                counts: Counts::default(),
            })
            .collect();
        if act == Act::Ingest {
            let sha256 = Digest::of(format!("{table} {number}").as_bytes());
            inputs = vec![Input { path: number.to_string(), sha256, size_bytes: 1, counts }];
        }
        let note = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let commit = Commit {
            v: 1,
            table,
            number,
            previous: self.state.head(),
            run: number.to_string(),
            act,
            actor: "ana".to_owned(),
            at: format!("{at}T12:00:00Z").parse().unwrap(),
            code: "1".to_owned(),
            schema: Some(schema()),
            inputs,
            displaced: 0,
            adds: adds.clone(),
            removes: removes.to_vec(),
            notes: notes.iter().map(note).collect(),
        };
        self.state.take(&commit, commit.digest().unwrap()).unwrap();
        self.history.push(commit);
        adds
    }

    fn ingest(&mut self, at: &str, folders: &[&str]) -> Vec<Digest> {
        let files: Vec<_> = folders.iter().map(|it| (Kind::Data, *it)).collect();
        let files = self.commit(Act::Ingest, at, &[], &files, &[], &[]);
        files.into_iter().map(|it| it.sha256).collect()
    }

    fn refine(&mut self, at: &str, inputs: &[Digest], folders: &[&str]) {
        let files: Vec<_> = folders.iter().map(|it| (Kind::Data, *it)).collect();
        let notes = [("from", "bronze/emissions"), ("month_of", "timestamp")];
        self.commit(Act::Refine, at, inputs, &files, &[], &notes);
    }

    fn aggregate(&mut self, at: &str, folders: &[&str]) {
        let files: Vec<_> = folders.iter().map(|it| (Kind::Data, *it)).collect();
        self.commit(Act::Aggregate, at, &[], &files, &[], &[("from", "silver/esg/emissions")]);
    }

    fn seen(self) -> Seen {
        let mut seen = Seen::new(self.state, self.history);
        seen.months = [(schema(), "timestamp".to_owned())].into();
        seen
    }
}

fn planned(tables: &[Seen], policy: &str, as_of: &str) -> Plan {
    plan(tables, &Policy::parse(policy).unwrap(), day(as_of), None).unwrap()
}

/// The folders that go, with their table.
fn folders(plan: &Plan) -> Vec<String> {
    plan.removes.iter().map(|it| format!("{} {}", it.table, it.partition)).collect()
}

fn rules(rules: &str) -> String {
    format!("retention: lake-retention/1\nrules:\n{rules}\n")
}

#[test]
fn the_longest_duty_governs_and_is_named() {
    let mut log = Log::new("bronze/emissions");
    log.ingest("2024-02-10", &["tenant_id=acme/year=2024/month=1"]);
    let tables = [log.seen()];
    let policy = rules(
        "  - tables: [bronze/*]\n    keep:\n      - {for: P1Y, evidence: house, law: a}\n      \
         - {for: P1Y, anchor: end_of_calendar_year, evidence: tax, law: b}\n  \
         - tables: [bronze/emissions]\n    keep: [{for: P18M, evidence: audit, law: c}]",
    );
    // Ends: 2025-01-31, 2025-12-31, 2025-07-31.
    assert_eq!(folders(&planned(&tables, &policy, "2025-12-31")), [""; 0]);
    let plan = planned(&tables, &policy, "2026-01-01");
    let Reason::Duty { evidence, law, last } = &plan.removes[0].reason else { panic!() };
    assert_eq!((&**evidence, &**law, *last), ("tax", "b", day("2025-12-31")));
    // Days begin where the policy says; the plan of another policy is another one.
    let other = planned(&tables, &policy.replace("law: b", "law: d"), "2026-01-01");
    assert_ne!(plan.digest(), other.digest());
    assert_eq!(plan.digest(), planned(&tables, &policy, "2026-01-05").digest());
}

#[test]
fn late_rows_keep_their_whole_month() {
    let mut log = Log::new("bronze/emissions");
    let month = "tenant_id=acme/year=2024/month=1";
    log.ingest("2024-02-10", &[month, "tenant_id=zeta/year=2024/month=1"]);
    log.ingest("2025-12-20", &[month]);
    let tables = [log.seen()];
    let policy = rules(
        "  - tables: [bronze/*]\n    keep: [{for: P1Y, evidence: house, law: a}]\n    minimum: P3M",
    );
    let plan = planned(&tables, &policy, "2026-03-20");
    assert_eq!(folders(&plan), ["bronze/emissions tenant_id=zeta/year=2024/month=1"]);
    assert_eq!((plan.kept.len(), plan.kept[0].files.len()), (1, 2));
    assert!(
        matches!(plan.kept[0].reason, Reason::Minimum { last, .. } if last == day("2026-03-20"))
    );
    assert_eq!(planned(&tables, &policy, "2026-03-21").removes.len(), 3);
}

#[test]
fn holds_keep_what_cannot_be_told_apart() {
    let mut log = Log::new("bronze/emissions");
    let kinds = [
        (Kind::Data, "tenant_id=acme/year=2020/month=3"),
        (Kind::Data, "tenant_id=acme/year=2020/month=5"),
        (Kind::Data, "tenant_id=zeta/year=2020/month=3"),
        (Kind::Quarantine, ""),
        (Kind::Duplicates, ""),
    ];
    log.commit(Act::Ingest, "2020-06-01", &[], &kinds, &[], &[]);
    let tables = [log.seen()];
    let policy = rules("  - tables: [bronze/*]\n    keep: [{for: P1Y, evidence: house, law: a}]");
    assert_eq!(planned(&tables, &policy, "2022-01-01").removes.len(), 5);
    let hold =
        "holds:\n  - {name: case-17, tenant: acme, from: 2020-02, to: 2020-04, reason: court}";
    let plan = planned(&tables, &format!("{policy}{hold}"), "2022-01-01");
    assert_eq!(
        folders(&plan),
        [
            "bronze/emissions tenant_id=acme/year=2020/month=5",
            "bronze/emissions tenant_id=zeta/year=2020/month=3"
        ]
    );
    let held = |it: &&lake::retain::Kept| matches!(&it.reason, Reason::Hold { name, reason } if name == "case-17" && reason == "court");
    assert_eq!(plan.kept.iter().filter(held).count(), 3);
    // Of everybody, from a month on.
    let hold = "holds: [{name: audit, from: 2020-04, reason: audit}]";
    let plan = planned(&tables, &format!("{policy}{hold}"), "2022-01-01");
    assert_eq!(
        folders(&plan),
        [
            "bronze/emissions tenant_id=acme/year=2020/month=3",
            "bronze/emissions tenant_id=zeta/year=2020/month=3"
        ]
    );
}

#[test]
fn refused_rows_stay_as_long_as_rows_of_their_inputs() {
    let mut log = Log::new("bronze/emissions");
    let month = "tenant_id=acme/year=2021/month=6";
    let first = log.commit(
        Act::Ingest,
        "2020-06-01",
        &[],
        &[(Kind::Data, month), (Kind::Quarantine, ""), (Kind::Duplicates, "")],
        &[],
        &[],
    );
    log.commit(Act::Ingest, "2020-06-02", &[], &[(Kind::Quarantine, "")], &[], &[]);
    let policy = rules(
        "  - tables: [bronze/*]\n    files: [data]\n    keep: [{for: P3Y, evidence: house, law: a}]\n  \
         - tables: [bronze/*]\n    files: [quarantine, duplicates]\n    \
         keep: [{for: P1Y, evidence: short, law: b}]",
    );
    let ends = |plan: &Plan, kind| {
        let kept = plan.kept.iter().filter(|it| it.kind == kind);
        let mut ends: Vec<_> = kept
            .map(|it| match &it.reason {
                Reason::Inputs { because, .. } => match &**because {
                    Reason::Duty { evidence, last, .. } if evidence == "house" => *last,
                    other => panic!("{other}"),
                },
                other => panic!("{other}"),
            })
            .collect();
        ends.sort();
        ends
    };
    // Rows that are there already are no evidence of anything.
    let plan = {
        let log = Log { state: log.state.clone(), history: log.history.clone() };
        planned(&[log.seen()], &policy, "2022-01-01")
    };
    assert_eq!(plan.removes.iter().map(|it| it.kind).collect::<Vec<_>>(), [Kind::Duplicates]);
    // One came with a row of June 2021; the other one alone, and time runs from the day it came.
    assert_eq!(ends(&plan, Kind::Quarantine), [day("2023-06-02"), day("2024-06-30")]);

    // Compacted, both stay for as long as the one that stays longest.
    let removes: Vec<_> = log.state.live(Kind::Quarantine).map(|it| it.file.path.clone()).collect();
    assert!(removes.contains(&first[1].path));
    log.commit(Act::Refine, "2020-07-01", &[], &[(Kind::Quarantine, "")], &removes, &[]);
    let tables = [log.seen()];
    let plan = planned(&tables, &policy, "2024-06-30");
    assert_eq!(ends(&plan, Kind::Quarantine), [day("2024-06-30")]);
    assert_eq!(planned(&tables, &policy, "2024-07-01").removes.len(), 3);
}

#[test]
fn what_no_rule_is_about_stays_and_keeps_what_it_rests_on() {
    let mut bronze = Log::new("bronze/emissions");
    let month = ["tenant_id=acme/year=2015/month=1", "tenant_id=acme/year=2015/month=2"];
    let taken = bronze.ingest("2015-03-01", &month);
    let mut silver = Log::new("silver/esg/emissions");
    silver.refine("2015-03-02", &taken, &["year=2015/month=1"]);
    let tables = [bronze.seen(), silver.seen()];
    let only = "  - tables: [bronze/*, gold/nothing/here]\n    \
                keep: [{for: P1Y, evidence: house, law: a}]";
    let plan = planned(&tables, &rules(only), "2026-01-01");
    assert_eq!(folders(&plan), ["bronze/emissions tenant_id=acme/year=2015/month=2"]);
    let Reason::RestsOn { because, .. } = &plan.kept[0].reason else { panic!() };
    assert_eq!(**because, Reason::NoRule);
    assert_eq!(plan.unused, ["gold/nothing/here"]);
    assert_eq!((plan.unruled.len(), plan.unruled[0].tally.files), (1, 1));
}

#[test]
fn a_comparison_with_the_year_before_rests_on_it() {
    let mut silver = Log::new("silver/esg/emissions");
    silver.refine("2020-03-01", &[], &["year=2019/month=2", "year=2020/month=2"]);
    let policy = rules(
        "  - tables: [silver/*]\n    keep: [{for: P1Y, evidence: house, law: a}]\n  \
         - tables: [gold/*]\n    keep: [{for: P5Y, evidence: house, law: a}]",
    );
    for (name, folder) in [("yoy", "year=2020/month=2"), ("summary", "year=2019/month=2")] {
        let silver = Log { state: silver.state.clone(), history: silver.history.clone() };
        let mut gold = Log::new(&format!("gold/emissions/{name}"));
        gold.aggregate("2020-03-02", &[folder]);
        let tables = [silver.seen(), gold.seen()];
        let ends: BTreeMap<_, _> = planned(&tables, &policy, "2023-06-01")
            .kept
            .into_iter()
            .map(|it| (it.partition, it.reason.until()))
            .collect();
        match name {
            // February 2020 is compared with that of 2019: both stay for five years after 2020.
            "yoy" => assert_eq!(ends.len(), 2),
            _ => assert_eq!(ends.keys().collect::<Vec<_>>(), ["year=2019/month=2"]),
        }
    }
}

#[test]
fn where_months_are_taken_from_elsewhere_all_of_silver_counts() {
    let mut bronze = Log::new("bronze/emissions");
    let taken = bronze.ingest("2015-03-01", &["tenant_id=acme/year=2015/month=1"]);
    let mut silver = Log::new("silver/esg/emissions");
    silver.refine("2015-03-02", &taken, &["year=2019/month=7"]);
    let policy =
        rules("  - tables: [bronze/*, silver/*]\n    keep: [{for: P1Y, evidence: h, law: a}]");
    let (mut bronze, silver) = (bronze.seen(), silver.seen());
    let same = planned(&[bronze.clone(), silver.clone()], &policy, "2017-01-01");
    assert_eq!(same.removes.len(), 1);
    bronze.months = [(schema(), "booked_at".to_owned())].into();
    let other = planned(&[bronze.clone(), silver.clone()], &policy, "2017-01-01");
    assert_eq!((other.removes.len(), other.kept.len()), (0, 1));
    bronze.months.clear();
    assert_eq!(planned(&[bronze, silver], &policy, "2017-01-01").kept.len(), 1);
}

#[test]
fn a_policy_that_cannot_be_followed_is_refused_with_the_place() {
    Policy::parse(DEFAULT_POLICY).unwrap();
    let good = rules(
        "  - tables: [bronze/*]\n    keep: [{for: P1Y, evidence: house, law: a}]\n    minimum: P3M",
    );
    let cases = [
        (
            "lake-retention/1",
            "lake-retention/2",
            "1:12: `lake-retention/2` is no policy that is known here",
        ),
        ("rules:", "rule:", "2:1: there is no key `rule` here"),
        ("bronze/*", "bronze/*/*", "3:14: `bronze/*/*` is no table and no zone"),
        ("bronze/*", "raw/*", "3:14: `raw/*` is no table and no zone"),
        ("bronze/*", "'*'", "3:14: `*` is no table and no zone"),
        (
            "P1Y",
            "P365D",
            "4:18: `P365D` is no period: days, weeks and hours are no calendar years or months",
        ),
        ("P1Y", "P0Y", "4:18: the period is no time at all"),
        (
            "evidence: house, law: a",
            "evidence: house",
            "4:33: nobody says why `house` asks for this",
        ),
        ("evidence: house", "evidence: cbam-7", "4:18: P1Y is too short: `cbam-7` asks for P4Y"),
        ("evidence: house", "evidence: House", "4:33: `House` is no name of a duty"),
        ("law: a", "anchor: monday", "4:48: `monday` is no beginning of a period"),
        ("minimum: P3M", "files: [rows]", "5:13: `rows` is no sort of files"),
        (
            "    minimum: P3M",
            "holds: [{name: a, from: 2024-1, reason: b}]",
            "5:25: `2024-1` is no month",
        ),
        (
            "    minimum: P3M",
            "holds: [{name: a, from: 2024-02, to: 2024-01, reason: b}]",
            "5:38: the hold ends with 2024-01, before it begins with 2024-02",
        ),
        ("    minimum: P3M", "zone: Berlin", "5:7: `Berlin` is no time zone"),
    ];
    Policy::parse(&good).unwrap();
    for (from, to, wanted) in cases {
        let findings = Policy::parse(&good.replace(from, to)).unwrap_err();
        let said: Vec<_> = findings.iter().map(ToString::to_string).collect();
        assert!(said.iter().any(|it| it == wanted), "{wanted}: {said:?}");
    }
    // Spelling does not matter, what it says does.
    let digest = |text: &str| Policy::parse(text).unwrap().digest();
    assert_eq!(digest(&good), digest(&format!("# comment\n{good}zone: UTC\n")));
    assert_ne!(digest(&good), digest(&good.replace("P3M", "P4M")));
}

/// What a file of the lakes below is.
#[derive(Clone, Debug)]
struct Made {
    table: usize,
    month: u32,
    since: DateTime<Utc>,
    tenant: Option<&'static str>,
}

const TENANTS: [&str; 2] = ["acme", "zeta"];
const TABLES: [&str; 5] = [
    "bronze/emissions",
    "silver/esg/emissions",
    "silver/esg/other",
    "gold/esg/summary",
    "gold/esg/yoy",
];

fn folder(month: u32) -> String {
    format!("year={}/month={}", 2010 + (month - 1) / 12, (month - 1) % 12 + 1)
}

fn last_day(month: u32) -> NaiveDate {
    let year = 2010 + i32::try_from((month - 1) / 12).unwrap();
    Period::month(year, (month - 1) % 12 + 1).unwrap().last()
}

fn later(day: NaiveDate, months: u32) -> NaiveDate {
    day.checked_add_months(chrono::Months::new(months)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Files go if, and only if, their own time is over, nobody holds them, and everything that rests on
    /// them goes too; those of one partition together.
    #[test]
    fn nothing_goes_that_something_rests_on(
        ingested in prop::collection::vec((0_usize..2, 1_u32..30, 0_i64..900), 1..12),
        refined in prop::collection::vec(any::<bool>(), 12),
        into in prop::collection::vec(1_usize..3, 12),
        summed in prop::collection::vec((3_usize..5, 1_u32..30), 0..8),
        keeps in prop::collection::vec(6_u32..60, 3),
        minimum in 1_u32..12,
        held in prop::option::of((0_usize..2, 1_u32..30)),
        as_of in 0_i64..2500,
    ) {
        let begin = day("2010-01-01");
        let as_of = begin + chrono::Days::new(as_of.unsigned_abs());
        let mut logs: Vec<Log> = TABLES.iter().map(|it| Log::new(it)).collect();
        let mut made: BTreeMap<String, Made> = BTreeMap::new();
        // What each table of silver took in, by month of bronze.
        let mut took: Vec<(usize, usize, u32)> = Vec::new();
        for (nth, (tenant, month, since)) in ingested.iter().enumerate() {
            let at = (begin + chrono::Days::new(since.unsigned_abs())).to_string();
            let tenant_folder = format!("tenant_id={}/{}", TENANTS[*tenant], folder(*month));
            let digests = logs[0].ingest(&at, &[&tenant_folder]);
            let stamp = format!("{at}T12:00:00Z").parse().unwrap();
            let note = |log: &Log, table: usize, tenant, made: &mut BTreeMap<String, Made>| {
                let last = log.history.last().unwrap().adds[0].path.clone();
                made.insert(last, Made { table, month: *month, since: stamp, tenant });
            };
            note(&logs[0], 0, Some(TENANTS[*tenant]), &mut made);
            if refined[nth] {
                let table = into[nth];
                logs[table].refine(&at, &digests, &[&folder(*month)]);
                note(&logs[table], table, None, &mut made);
                took.push((table, *tenant, *month));
            }
        }
        for (table, month) in &summed {
            logs[*table].aggregate("2011-01-01", &[&folder(*month)]);
            let path = logs[*table].history.last().unwrap().adds[0].path.clone();
            let since = "2011-01-01T12:00:00Z".parse().unwrap();
            made.insert(path, Made { table: *table, month: *month, since, tenant: None });
        }
        let rule = |zone: &str, months: u32| format!(
            "  - tables: [{zone}/*]\n    keep: [{{for: P{months}M, evidence: e, law: l}}]\n    minimum: P{minimum}M\n"
        );
        let mut policy = rules(&["bronze", "silver", "gold"].iter().zip(&keeps)
            .map(|(zone, months)| rule(zone, *months)).collect::<String>());
        if let Some((tenant, month)) = held {
            let month = &last_day(month).to_string()[..7];
            policy += &format!(
                "holds: [{{name: h, tenant: {}, from: {month}, to: {month}, reason: r}}]\n", TENANTS[tenant]
            );
        }
        let tables: Vec<Seen> =
            logs.into_iter().filter(|it| !it.history.is_empty()).map(Log::seen).collect();
        let plan = planned(&tables, &policy, &as_of.to_string());
        let goes: Vec<&str> = plan.removes.iter().map(|it| &*it.path).collect();

        // The same said without any of the code: what stays, zone by zone.
        let stays = |it: &Made, above: &dyn Fn(&Made) -> bool| {
            let zone = [0, 1, 1, 2, 2][it.table];
            let over = later(last_day(it.month), keeps[zone]) < as_of;
            let same = |other: &&Made| {
                (other.table, other.month, other.tenant) == (it.table, it.month, it.tenant)
            };
            let since = made.values().filter(same).map(|it| it.since).max().unwrap();
            let old = later(since.date_naive(), minimum) < as_of;
            let free = held.is_none_or(|(tenant, month)| {
                month != it.month || it.tenant.is_some_and(|it| it != TENANTS[tenant])
            });
            !(over && old && free) || above(it)
        };
        let gold = |it: &Made| stays(it, &|_| false);
        let silver = |it: &Made| stays(it, &|below| made.values().any(|it| {
            let months = it.month == below.month || (it.table == 4 && it.month == below.month + 12);
            // Gold is made of the first table of silver only.
            below.table == 1 && it.table >= 3 && months && gold(it)
        }));
        let bronze = |it: &Made| stays(it, &|below| made.values().any(|it| {
            let taken = took.iter().any(|(table, tenant, month)| {
                (*table, Some(TENANTS[*tenant]), *month) == (it.table, below.tenant, below.month)
            });
            (1..=2).contains(&it.table) && taken && it.month == below.month && silver(it)
        }));
        for (path, it) in &made {
            let there = match it.table { 0 => bronze(it), 1 | 2 => silver(it), _ => gold(it) };
            prop_assert_eq!(!goes.contains(&path.as_str()), there, "{} {:?}", path, it);
        }
        prop_assert_eq!(goes.len(), made.values().filter(|it| {
            !match it.table { 0 => bronze(it), 1 | 2 => silver(it), _ => gold(it) }
        }).count());
        // Whatever stays although its own time is over is named.
        for kept in &plan.kept {
            prop_assert!(kept.ended < as_of && !kept.reason.until().is_over(as_of));
        }
    }
}
