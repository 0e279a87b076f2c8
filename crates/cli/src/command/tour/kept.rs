//! What is kept for years in the tour: a factor that is corrected, a report that is altered, an artifact
//! that is promoted.

use std::path::Path;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use platform::artifacts::{ArtifactStore, PutOptions, Source as Bytes};
use platform::factors::FactorStore;
use platform::ledger::{self, Ledger};
use platform::reports::{Archive, NewFile, Protection, Reports};
use platform::store::{Put, Store};
use storage_core::artifacts::{ArtifactKey, Stage};
use storage_core::factors::{
    Factor, GasBasis, Interval, KnownAt, Licence, Reason, ReasonKind, ResultUnit, Source, Terms,
    Version,
};
use storage_core::reports::{MediaType, ReportType};

use super::say;
use crate::command::audit::runtime;
use crate::command::ledger::sealing;
use crate::status::{Error, Result};

/// Where all of it lies, below the folder of the tour.
pub(super) const FOLDER: &str = "kept";

/// Who does it.
const ACTOR: &str = "tour";

pub(super) fn run(directory: &Path) -> Result<()> {
    let folder = directory.join(FOLDER);
    // As the ledger of the tour: the folder holds nothing but the one before.
    if folder.exists() {
        let removed = std::fs::remove_dir_all(&folder);
        removed.map_err(|source| platform::Error::File {
            act: "remove",
            path: folder.clone(),
            source,
        })?;
    }
    runtime()?.block_on(async {
        let store = Store::local(&folder);
        let log = store.at("_strongroom/ledger");
        let ledger = Ledger::open(&log, ledger::Options::default()).await?;
        let act = async {
            factor(&store.at("factors"), &ledger).await?;
            report(&store.at("reports"), &ledger).await?;
            artifact(&store.at("artifacts"), &ledger).await
        };
        sealing(&ledger, act).await
    })
}

async fn factor(store: &Store, ledger: &Ledger) -> Result<()> {
    let mut options = platform::factors::Options::new(ACTOR);
    options.ledger = Some(ledger.clone());
    let factors = FactorStore::open(store, options).await?;
    let version = |figure: &str| {
        let source =
            Source { publisher: "Example".into(), dataset: "grid".into(), ..Source::default() };
        let licence = Licence { name: "CC0-1.0".into(), redistribute: true, attribution: None };
        let valid = Interval::of_year(2024)?;
        let (basis, unit, id) = (GasBasis::Co2e, ResultUnit::Kg, "grid/xa".parse()?);
        let version = Version::new(id, basis, unit, source.into(), licence.into(), valid);
        Ok::<_, Error>(Arc::new(version.with("co2e", figure.parse().map_err(never)?)))
    };
    let factor = Arc::new(Factor::new("grid/xa".parse()?, "electricity.grid", Some("XA"), "kWh"));
    let first = factors.put(&factor, &version("0.2314")?, &Terms::default()).await?;
    let reason = Reason { kind: ReasonKind::Error, text: Some("a slip in the table".into()) };
    let terms = Terms { reason: Some(reason), ..Terms::default() };
    factors.correct(&factor, &version("0.2070")?, &terms).await?;
    let day = chrono::NaiveDate::from_ymd_opt(2024, 7, 1).unwrap_or_default();
    let figure = |known: &KnownAt| -> Result<String> {
        let answer = factors.get_at("grid/xa", day, known)?;
        let found = answer.version().and_then(|it| it.version.gases.get("co2e").cloned());
        Ok(found.map(|it| it.to_string()).unwrap_or_default())
    };
    say(&format!(
        "\n7. A factor was published as {} kg CO2e per kWh and corrected to {}. What was reckoned with the\n   \
         first can still be reckoned again: each answer says what was known, and when.",
        figure(&KnownAt::Seq(first.seq))?,
        figure(&KnownAt::Now)?
    ))
}

async fn report(store: &Store, ledger: &Ledger) -> Result<()> {
    let mut options = platform::reports::Options::new(ACTOR);
    // A directory cannot lock.
    options.protection = Protection::RulesAlone;
    let reports = Reports::open(store, ledger.clone(), options).await?;
    let pdf = MediaType::of_extension("pdf").unwrap_or_else(MediaType::unknown);
    let file = NewFile::new("report.pdf".parse()?, pdf, "%PDF-1.7 the report of the tour");
    let request = Archive::new(ReportType::Custom, "tour".parse()?).with_file(file);
    let archived = reports.archive(request).await?;
    let until = archived.state.retention.governing()?;
    let intact = reports.verify(&archived.report).await?;
    say(&format!(
        "\n8. A report is archived as\n   {}\n   {until}.\n   It is read again and compared: {} files, {} \
         bytes, {}.",
        archived.report,
        intact.files,
        intact.bytes,
        if intact.is_intact() { "intact" } else { "DAMAGED" }
    ))?;
    // In a copy, as with the ledger.
    let changed = Store::memory();
    let objects: Vec<_> = store.list_all("", None).try_collect().await?;
    for object in objects {
        let mut body = store.get(&object.key).await?.body.to_vec();
        if object.key.as_str().ends_with("report.pdf") {
            body[9] ^= 1;
        }
        changed.put(&object.key, body, &Put::default()).await?;
    }
    let mut options = platform::reports::Options::new(ACTOR);
    options.protection = Protection::RulesAlone;
    let copied =
        Ledger::open(&changed.at("_strongroom/ledger"), ledger::Options::default()).await?;
    let copy = Reports::open(&changed, copied, options).await?;
    let damaged = copy.examine(&copy.state(&archived.report).await?).await?;
    for it in &damaged.failed {
        say(&format!("   Of a copy with one bit changed it says: {}", it.problem))?;
    }
    Ok(())
}

async fn artifact(store: &Store, ledger: &Ledger) -> Result<()> {
    let options = platform::artifacts::Options::new(ACTOR);
    let artifacts = ArtifactStore::open(store, ledger.clone(), options).await?;
    let key: ArtifactKey =
        "models/uplift/1.0.0/metrics.json".parse().map_err(platform::artifacts::Error::from)?;
    let put = PutOptions::default();
    let stored = artifacts.put(&key, Bytes::bytes("{\"rmse\": 0.125}"), &put).await?;
    artifacts.promote(key.release(), Stage::Staging, None).await?;
    let page: ArtifactKey =
        "models/uplift/1.0.1/metrics.json".parse().map_err(platform::artifacts::Error::from)?;
    let refused = artifacts.put(&page, Bytes::bytes("<html>"), &put).await;
    say(&format!(
        "\n9. An artifact is checked, kept for good and promoted to staging:\n   {key}  {}",
        stored.entry.sha256
    ))?;
    match refused {
        Err(error @ platform::artifacts::Error::Quarantined { .. }) => {
            say(&format!("   Another one is put aside: {error}"))
        }
        Err(error) => Err(error.into()),
        Ok(_) => Ok(()),
    }
}

/// A figure of the tour that is none.
fn never(error: storage_core::Error) -> Error {
    Error::invalid(error.to_string(), "tell the authors of strongroom")
}
