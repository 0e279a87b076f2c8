//! `report`: the archive of reports, one file per subcommand.

mod archive;
mod change;
mod dispose;
mod export;
mod get;
mod list;
mod page;
mod search;
mod timestamp;
mod verify;

use std::sync::Arc;

use platform::body_keys::{BodyKeys, LocalKey};
use platform::ledger::{Error as LogError, Ledger, Options as Log};
use platform::reports::{Options, Protection, Reports};
use platform::store::Store;
use storage_core::reports::ReportKey;

use super::audit::{key_file, runtime};
use super::factor::table::plain;
use super::ledger::sealing;
use crate::args::{Dispose, Duty, Keeper, Protect, Report, Target};
use crate::output;
use crate::status::{Error, Result, Status};

/// Where the log is, below the store, unless another one is named.
const LEDGER: &str = "_strongroom/ledger";

/// Who acts where nothing is changed: nobody.
const READER: &str = "reader";

pub(super) fn run(report: Report) -> Result<Status> {
    match report {
        Report::Archive(it) => archive::run(*it),
        Report::Get(it) => get::run(&it),
        Report::List(it) => list::run(&it),
        Report::Index(it) => search::index(&it),
        Report::Search(it) => search::search(&it),
        Report::Hold(it) => change::hold(&it),
        Report::Release(it) => change::release(&it),
        Report::Extend(it) => change::extend(&it),
        Report::Shorten(it) => change::shorten(&it),
        Report::Strengthen(it) => change::strengthen(&it),
        Report::Duty(Duty::Add(it)) => change::add_duty(&it),
        Report::Duty(Duty::Withdraw(it)) => change::withdraw_duty(&it),
        Report::Trigger(it) => change::trigger(&it),
        Report::Timestamp(it) => timestamp::run(&it),
        Report::Verify(it) => verify::run(&it),
        Report::Dispose(Dispose::List(it)) => dispose::list(&it),
        Report::Dispose(Dispose::Approve(it)) => dispose::approve(&it),
        Report::Dispose(Dispose::Destroy(it)) => dispose::destroy(&it),
        Report::Export(it) => export::run(&it),
    }
}

/// Opens an archive to read it; there has to be one.
async fn read(keeper: &Keeper) -> Result<Reports> {
    let mut options = Options::new(READER);
    // Nothing is protected or laid bare by reading, whatever the store can do.
    options.protection = Protection::RulesAlone;
    let (store, ledger, options) = prepare(keeper, options, false, Log::default()).await?;
    Ok(Reports::open(&store, ledger, options).await?)
}

/// Opens an archive, changes it, and seals what was recorded.
async fn change<T>(
    keeper: &Keeper,
    protect: &Protect,
    create: bool,
    act: impl AsyncFnOnce(&Reports) -> Result<T>,
) -> Result<T> {
    let mut options = Options::new(&protect.actor);
    options.protection = protect.protection.into();
    if let Some(zone) = protect.zone {
        options.zone = zone;
    }
    if let Some(path) = &protect.rules {
        let document = platform::files::read_whole(path, 1 << 20)?;
        let (rules, findings) = options.rules.with(&document)?;
        for it in findings {
            output::talk(&format!("warning: {} at `{}`", it.message, it.at));
        }
        options.rules = rules;
    }
    let mut how = Log::default();
    if let Some(path) = &protect.signer {
        let signer = Arc::new(key_file::signer(path)?);
        options.signer = Some(signer.clone());
        how.signer = Some(signer);
    }
    let (store, ledger, options) = prepare(keeper, options, create, how).await?;
    let recorded = ledger.clone();
    let act = async { act(&Reports::open(&store, recorded, options).await?).await };
    sealing(&ledger, act).await
}

/// What an archive is opened with.
async fn prepare(
    keeper: &Keeper,
    options: Options,
    create: bool,
    mut how: Log,
) -> Result<(Store, Ledger, Options)> {
    let store = Store::open(&keeper.url).await?;
    // Before a log is begun that nobody needs.
    Reports::look(&store, &options).await?;
    let log = match &keeper.ledger {
        Some(url) => Store::open(url).await?,
        None => store.at(LEDGER),
    };
    let mut options = options;
    if let (Some(url), Some(path)) = (&keeper.body_keys, &keeper.application_key) {
        let application = LocalKey::read(path)?;
        options.body_keys =
            Some(BodyKeys::open(&Store::open(url).await?, Arc::new(application)).await?);
    }
    // An archive has a log from its first moment on.
    how.create = create;
    let ledger = Ledger::open(&log, how).await.map_err(|error| match error {
        LogError::NoLog { .. } => {
            let (store, log) = (store.location(), log.location());
            Error::NotFound {
                message: format!("there is no archive at `{store}`: no log at `{log}`"),
            }
        }
        other => other.into(),
    })?;
    Ok((store, ledger, options))
}

/// The whole name of a report.
async fn find(reports: &Reports, named: &Target) -> Result<ReportKey> {
    let (report_type, tenant, id) = (named.report_type, named.tenant.clone(), named.id.clone());
    if let Some(period) = named.period.clone() {
        return Ok(ReportKey { report_type, tenant, period, id });
    }
    let found = reports.locate(report_type, &tenant, &id).await?;
    Ok(found.ok_or_else(|| platform::reports::Error::NoReport { report: named.to_string() })?)
}
