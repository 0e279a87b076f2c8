//! A report in a bucket that locks survives everything that its owner can try.

use std::error::Error;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use platform::clock::{Clock as _, SetClock, SystemClock};
use platform::ledger::{self, Ledger};
use platform::reports::{Archive, NewFile, Options, Protection, Query, Reports};
use platform::store::{Lock, LockMode, Put, Store};
use storage_core::reports::ReportType;

use crate::buckets::{Bucket, Kind};

type Verdict = Result<(), String>;

const BODY: &str = "%PDF-1.7 figures";

/// Only on a server of this machine: the lock lasts for a year.
pub(crate) async fn survive(bucket: &Bucket) -> Option<Verdict> {
    if bucket.kind != Kind::Lock || !bucket.server.is_local() {
        return None;
    }
    let both = async {
        attack(bucket, LockMode::Compliance).await?;
        attack(bucket, LockMode::Governance).await
    };
    Some(both.await.map_err(|error| {
        let (mut said, mut source) = (error.to_string(), error.source());
        while let Some(below) = source {
            said.push_str(&format!(": {below}"));
            source = below.source();
        }
        said
    }))
}

async fn attack(bucket: &Bucket, mode: LockMode) -> Result<(), Box<dyn Error + Send + Sync>> {
    let store = Store::open(&bucket.url(&format!("archive-{mode:?}").to_lowercase())).await?;
    let place = store.at("reports");
    let ledger = Ledger::open(&store.at("ledger"), ledger::Options::default()).await?;
    let options = || {
        let mut options = Options::new("ana");
        options.protection = Protection::Locked(mode);
        options
    };
    let reports = Reports::open(&place, ledger.clone(), options()).await?;
    let request = Archive::new(ReportType::Custom, "acme".parse()?)
        .with_file(NewFile::new("report.pdf".parse()?, "application/pdf".parse()?, BODY))
        .with_metadata(r#"{"total": 0.30000000000000004}"#)
        .with_key("annual");
    let report = reports.archive(request).await?.report;
    reports.hold(&report, "case", "a letter").await?;
    reports.release(&report, "case", "settled").await?;
    let before = reports.state(&report).await?;
    let until = before.retention.until()?.moment().ok_or("it has no end")?;

    let all: Vec<_> = place.versions_all(&report.prefix()).try_collect().await?;
    for it in all.iter().filter(|it| !it.delete_marker) {
        let key = it.key.as_str();
        // With the special permission governance lets go; that is what it is for.
        let bypasses = if mode == LockMode::Compliance { &[false, true][..] } else { &[false][..] };
        for &bypass in bypasses {
            if place.delete_version(key, &it.version, bypass).await.is_ok() {
                return Err(format!("`{key}` was deleted, bypass {bypass}").into());
            }
            let until = until - chrono::TimeDelta::days(30);
            let earlier = Lock { mode, until };
            if place.retain(key, Some(&it.version), earlier, bypass).await.is_ok() {
                return Err(format!("the lock of `{key}` was shortened, bypass {bypass}").into());
            }
            let weaker =
                Lock { mode: LockMode::Governance, until: until + chrono::TimeDelta::days(60) };
            let weakened = place.retain(key, Some(&it.version), weaker, bypass).await.is_ok();
            if weakened && mode == LockMode::Compliance {
                return Err(format!("the lock of `{key}` was weakened, bypass {bypass}").into());
            }
        }
        // A store may refuse these; what counts is what is read afterwards.
        let _ = place.put(key, "something else", &Put::default()).await;
        let _ = place.delete(key).await;
    }
    let after = reports.state(&report).await?;
    if after != before {
        return Err("the report is not what it was".into());
    }
    if reports.read(&after, "report.pdf").await? != BODY.as_bytes() {
        return Err("the file is not what it was".into());
    }
    let got = reports.get(ReportType::Custom, &report.tenant, &report.id).await?;
    let found = reports.list(&Query::of(report.tenant.clone()), None, 10).await?;
    if got != before || found.entries != [report.clone()] {
        return Err("the report is hidden".into());
    }
    if let Some(failed) = reports.verify(&report).await?.failed.first() {
        return Err(format!("`{}` {}", failed.file, failed.problem).into());
    }

    // A clock ten years ahead, where the server knows better.
    let mut options = options();
    let ahead = SystemClock.now() + chrono::TimeDelta::days(3653);
    options.clock = Arc::new(SetClock::at(ahead));
    let misled = Reports::open(&place, ledger, options).await?;
    match misled.eligible(&Query::default()).await {
        Err(error) if error.code() == "retention.clock" => {}
        Err(error) => return Err(error.into()),
        Ok(list) => return Err(format!("{} reports may go already", list.reports.len()).into()),
    }
    if mode == LockMode::Governance {
        // Whoever has the permission is not stopped, and not overlooked.
        let entry = before.manifest.file("report.pdf").ok_or("the file is not in the manifest")?;
        let version = platform::store::Version(entry.version.clone().ok_or("it has no version")?);
        place.delete_version(&report.file(&entry.name), &version, true).await?;
        if reports.verify(&report).await?.is_intact() {
            return Err("a file was taken away and nobody noticed".into());
        }
    }
    Ok(())
}
