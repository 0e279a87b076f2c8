//! Factors for tests: made up, and from published files.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use platform::clock::SetClock;
use platform::factors::{FactorStore, Options};
use platform::store::{Conditions, Store};
use storage_core::Decimal;
use storage_core::factors::{
    Answer, Candidate, Factor, FactorId, GasBasis, Interval, KnownAt, Licence, ResultUnit, Source,
    Terms, Version,
};

pub(super) fn id(text: &str) -> FactorId {
    text.parse().unwrap()
}

pub(super) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(super) fn moment(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

pub(super) fn source(dataset: &str) -> Arc<Source> {
    let publisher = "Office of Tests".to_owned();
    Source { publisher, dataset: dataset.to_owned(), ..Source::default() }.into()
}

pub(super) fn free() -> Arc<Licence> {
    Licence { name: "CC0-1.0".to_owned(), redistribute: true, attribution: None }.into()
}

/// A factor for grid electricity.
pub(super) fn factor(name: &str, region: &str) -> Arc<Factor> {
    Factor::new(id(name), "electricity.grid", Some(region), "kWh").into()
}

/// A version of it in grams of CO2e.
pub(super) fn version(name: &str, figure: &str, valid: &str) -> Version {
    let valid = valid.parse().unwrap();
    let version =
        Version::new(id(name), GasBasis::Co2e, ResultUnit::G, source("grid"), free(), valid);
    version.with("co2e", figure.parse().unwrap())
}

/// A store of factors whose clock the test sets.
pub(super) struct World {
    pub(super) store: Store,
    pub(super) clock: Arc<SetClock>,
    pub(super) factors: FactorStore,
}

pub(super) fn options(clock: &Arc<SetClock>) -> Options {
    let mut options = Options::new("tester");
    options.clock = clock.clone();
    options.conditions = Some(Conditions::Atomic);
    options.retry = super::logs::quick().retry;
    options
}

impl World {
    pub(super) async fn new() -> Self {
        let clock = Arc::new(SetClock::at(moment("2024-01-01T00:00:00Z")));
        let store = Store::memory();
        let factors = FactorStore::open(&store, options(&clock)).await.unwrap();
        Self { store, clock, factors }
    }

    pub(super) async fn put(&self, name: &str, figure: &str, valid: &str) -> u64 {
        let version = version(name, figure, valid).into();
        let put = self.factors.put(&factor(name, "GB"), &version, &Terms::default()).await;
        put.unwrap().seq
    }

    pub(super) fn at(&self, name: &str, valid_at: &str, known_at: &KnownAt) -> Answer {
        self.factors.get_at(name, day(valid_at), known_at).unwrap()
    }

    /// The figure that counts, or the name of what the answer is instead.
    pub(super) fn figure(&self, name: &str, valid_at: &str, known_at: &KnownAt) -> String {
        told(&self.at(name, valid_at, known_at))
    }

    /// The same store as another process sees it.
    pub(super) async fn reopened(&self) -> FactorStore {
        FactorStore::open(&self.store, options(&self.clock)).await.unwrap()
    }
}

pub(super) fn told(answer: &Answer) -> String {
    match answer {
        Answer::Version(found) => found.version.gases["co2e"].to_string(),
        Answer::NotValid { .. } => "not valid".to_owned(),
        Answer::NotKnown => "not known".to_owned(),
        Answer::Withdrawn { .. } => "withdrawn".to_owned(),
    }
}

fn published(name: &str) -> serde_json::Value {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/factors");
    serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
}

/// An edition of the conversion factors of the United Kingdom, rows about energy.
pub(super) fn edition(year: i32) -> Vec<Candidate> {
    let file = published(&format!("factors_defra_{year}_energy.json"));
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    let source = Arc::new(Source {
        publisher: text(&file["publisher"]),
        dataset: text(&file["dataset"]),
        edition: Some(format!("{year} v{}", text(&file["edition_version"]))),
        file_sha256: Some(format!("sha256:{}", text(&file["source_sha256"])).parse().unwrap()),
        ..Source::default()
    });
    let licence = Licence { name: text(&file["licence"]), redistribute: true, attribution: None };
    let licence = Arc::new(licence);
    let rows = file["factors"].as_array().unwrap();
    let candidate = |(nth, row): (usize, &serde_json::Value)| {
        let name = id(row["factor_id"].as_str().unwrap());
        let levels = ["level_1", "level_2", "level_3", "level_4", "column_text"];
        let activity: Vec<_> = levels.map(|it| text(&row[it])).into();
        let mut factor = Factor::new(
            name.clone(),
            activity.join("/"),
            row["region"].as_str(),
            text(&row["activity_unit"]),
        );
        factor.scope = Some(text(&row["scope"]));
        let valid = [&row["valid_from"], &row["valid_to"]].map(|it| day(it.as_str().unwrap()));
        let valid = Interval::new(valid[0], Some(valid[1])).unwrap();
        let (source, licence) = (source.clone(), licence.clone());
        let mut version =
            Version::new(name, GasBasis::Co2e, ResultUnit::Kg, source, licence, valid);
        for (gas, figure) in row["gases"].as_object().unwrap() {
            version = version.with(gas, text(figure).parse().unwrap());
        }
        version.gwp_set = Some("AR5".to_owned());
        version.rows = row["source_row_ids"].as_array().unwrap().iter().map(text).collect();
        Candidate { row: Some(nth as u64 + 2), factor: factor.into(), version: version.into() }
    };
    rows.iter().enumerate().map(candidate).collect()
}

/// The releases of a table of intensities of electricity: when each came out, and what it said.
pub(super) fn releases() -> Vec<(String, BTreeMap<String, String>)> {
    let file = published("factors_ember_releases.json");
    let releases = file["releases"].as_array().unwrap().iter();
    let release = |it: &serde_json::Value| {
        let values = it["values"].as_object().unwrap().iter();
        // One of them is spelled `1e3`, as JavaScript does it.
        let plain = |text: &str| match text.parse::<Decimal>() {
            Ok(figure) => figure.to_string(),
            Err(_) => Decimal::shortest(text.parse().unwrap()).unwrap().to_string(),
        };
        let values = values.map(|(region, it)| (region.clone(), plain(it.as_str().unwrap())));
        let values = values.collect();
        (it["released_at"].as_str().unwrap().to_owned(), values)
    };
    releases.map(release).collect()
}
