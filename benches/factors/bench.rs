//! What factors cost at their working size: 50,000 of them with 20 versions each.
//!
//! ```text
//! cargo bench -p benches --bench factors -- DIRECTORY [FACTORS [VERSIONS]]
//! ```
//!
//! Imports them into a new store in DIRECTORY (one that holds factors already is taken as it is), opens
//! it again as another process would, and asks a million questions of the open store. Prints one JSON
//! object; of import and opening both the seconds on the wall and those of the processor. The first question about a version
//! unpacks and checks it; "warm" are those after it.
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]
#![expect(clippy::print_stdout, reason = "the figures go to standard output")]

use std::error::Error;
use std::sync::Arc;
use std::time::Instant;

use chrono::NaiveDate;
use platform::factors::{FactorStore, Import, Options, verify};
use platform::store::Store;
use serde_json::{Value as Json, json};
use storage_core::factors::{
    Candidate, Factor, Fallback, GasBasis, Interval, KnownAt, Licence, ResultUnit, Selector,
    Source, Version,
};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The first year of validity.
const YEAR: i32 = 2005;
/// Questions that are timed one by one.
const QUESTIONS: usize = 1_000_000;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let number = |at: usize, default: usize| match arguments.get(at) {
        Some(text) => text.parse(),
        None => Ok(default),
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let found = match arguments.first() {
        Some(directory) => {
            let size = (number(1, 50_000)?, number(2, 20)?);
            runtime.block_on(measure(directory, size.0, size.1))?
        }
        // `cargo test --benches` comes without arguments.
        None => json!({"usage": "DIRECTORY [FACTORS [VERSIONS]]"}),
    };
    println!("{found}");
    Ok(())
}

fn name(nth: usize) -> String {
    format!("publisher.dataset.category_{}.activity_{nth}.per_unit", nth % 97)
}

fn activity(nth: usize) -> String {
    format!("category_{}.activity_{}", nth % 97, nth / 10)
}

fn region(nth: usize) -> String {
    format!("R{}", nth % 10)
}

/// A version whose figures look like published ones, with four gases.
fn version(
    nth: usize,
    year: usize,
    source: &Arc<Source>,
    licence: &Arc<Licence>,
) -> Result<Version> {
    let valid = Interval::of_year(YEAR + i32::try_from(year)?)?;
    let (source, licence) = (source.clone(), licence.clone());
    let id = name(nth).parse()?;
    let mut version = Version::new(id, GasBasis::Co2e, ResultUnit::Kg, source, licence, valid);
    let figure = (nth * 7919 + year * 104_729) % 1_000_003;
    for (gas, part) in [("co2e", 1), ("co2", 3), ("ch4", 211), ("n2o", 1009)] {
        version = version.with(gas, format!("{}.{:06}", part % 3, figure / part).parse()?);
    }
    version.gwp_set = Some("AR5".to_owned());
    version.rows = vec![format!("{nth}_{year}")];
    Ok(version)
}

fn candidates(factors: usize, versions: usize) -> impl Iterator<Item = Candidate> {
    let licence = Licence { name: "OGL-UK-3.0".into(), redistribute: true, attribution: None };
    let licence = Arc::new(licence);
    (0..versions).flat_map(move |year| {
        let licence = licence.clone();
        let source = Arc::new(Source {
            publisher: "publisher".into(),
            dataset: "dataset".into(),
            edition: Some(format!("{}", YEAR as usize + year)),
            ..Source::default()
        });
        (0..factors).map(move |nth| {
            let id = name(nth).parse().expect("a name");
            let factor = Factor::new(id, activity(nth), Some(&region(nth)), "kWh");
            let version = version(nth, year, &source, &licence).expect("a version");
            Candidate { row: None, factor: factor.into(), version: version.into() }
        })
    })
}

async fn measure(directory: &str, factors: usize, versions: usize) -> Result<Json> {
    let store = Store::open(&format!("file://{directory}")).await?;
    let opened = FactorStore::open(&store, Options::new("bench")).await?;
    let (start, before) = (Instant::now(), cpu_seconds());
    let versions_there = opened.catalogue().versions();
    // One release a year, each of all factors, as publishers do it.
    let mut all = candidates(factors, versions);
    for _ in 0..if versions_there == 0 { versions } else { 0 } {
        let release: Vec<_> = all.by_ref().take(factors).collect();
        let imported = opened.import(release, &Import::default(), |_| {}).await?;
        assert_eq!(imported.report.events, factors as u64);
    }
    let import = json!({"wall": start.elapsed().as_secs_f64(), "cpu": cpu_seconds() - before});
    drop(opened);

    let mut cold = Vec::new();
    for _ in 0..3 {
        let (start, before) = (Instant::now(), cpu_seconds());
        let opened = FactorStore::open(&store, Options::new("bench")).await?;
        let wall = start.elapsed().as_secs_f64();
        cold.push(json!({"wall": wall, "cpu": cpu_seconds() - before}));
        assert_eq!(opened.catalogue().versions() as usize, factors * versions);
    }
    let opened = FactorStore::open(&store, Options::new("bench")).await?;
    let idle = peak_bytes();

    // Questions over 2,000 factors in all years, in an order that jumps about.
    let asked = factors.min(2_000);
    let question = |nth: usize| {
        let which = (nth * 7919) % asked * (factors / asked);
        let year = YEAR + i32::try_from(nth % versions).expect("a year");
        (which, NaiveDate::from_ymd_opt(year, 5, 17).expect("a day"))
    };
    let mut fresh = Vec::new();
    for nth in 0..asked {
        let (which, day) = question(nth);
        let name = name(which);
        let start = Instant::now();
        assert!(opened.get_at(&name, day, &KnownAt::Now)?.version().is_some());
        fresh.push(start.elapsed().as_secs_f64());
    }
    let moment = opened.catalogue().recorded_at(u64::MAX);
    let known = [KnownAt::Now, KnownAt::Moment(moment), KnownAt::Seq(u64::MAX)];
    for nth in 0..asked * versions {
        let (which, day) = question(nth);
        opened.get_at(&name(which), day, &KnownAt::Now)?;
    }
    let mut get_at = Vec::with_capacity(QUESTIONS);
    for nth in 0..QUESTIONS {
        let (which, day) = question(nth);
        let name = name(which);
        let start = Instant::now();
        let answer = opened.get_at(&name, day, &known[nth % 3])?;
        get_at.push(start.elapsed().as_secs_f64());
        assert!(answer.version().is_some());
    }
    let fallback = Fallback::default();
    let mut resolve = Vec::with_capacity(QUESTIONS);
    for nth in 0..QUESTIONS {
        let (which, day) = question(nth);
        let selector = Selector {
            activity: activity(which),
            region: Some(region(which)),
            unit: Some("kWh".to_owned()),
            gwp_set: Some("AR5".to_owned()),
            ..Selector::default()
        };
        let start = Instant::now();
        let found = opened.resolve(&selector, day, &known[nth % 3], &fallback)?;
        resolve.push(start.elapsed().as_secs_f64());
        assert_eq!(found.steps.len(), 1);
    }
    let start = Instant::now();
    verify(&store, Options::new("bench")).await?;
    let verified = start.elapsed().as_secs_f64();
    let micros = |seconds: Vec<f64>| {
        let (median, most) = median(seconds);
        json!({"median_us": median * 1e6, "p99_us": most * 1e6})
    };
    Ok(json!({
        "factors": factors,
        "versions": factors * versions,
        "import_seconds": import,
        "open_seconds": cold,
        "peak_bytes_after_opening": idle,
        "first_question": micros(fresh),
        "get_at": micros(get_at),
        "resolve": micros(resolve),
        "verify_seconds": verified,
    }))
}

/// The middle one, and that which 99 of 100 do not exceed.
fn median(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    (values[values.len() / 2], values[values.len() * 99 / 100])
}

/// The most memory this process ever had (proc(5), `VmHWM`); nothing where there is no such file.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|it| it.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|it| it * 1024)
}

/// The seconds of the processor that this process has used (proc(5), `utime` and `stime` in ticks of a
/// hundredth of a second); zero where there is no such file.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit(") ").next().unwrap_or_default().split(' ').skip(11).take(2);
    fields.filter_map(|it| it.parse::<f64>().ok()).sum::<f64>() / 100.0
}
