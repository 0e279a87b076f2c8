//! `report index`, `report search`

use std::path::{Path, PathBuf};

use chrono::Utc;
use platform::reports::{Found, Indexed, Reports, SealedText};
use platform::search::{self, Index, Query};
use serde_json::json;
use storage_core::reports::Status as Standing;

use super::list::{table, worse};
use super::{page, read, runtime};
use crate::args::{IndexReports, Plain, SearchReports};
use crate::output;
use crate::status::{Error, Result, Status};

/// How many reports are looked for at a time.
const PAGE: u32 = 256;

pub(super) fn index(arguments: &IndexReports) -> Result<Status> {
    let sealed = match arguments.sealed_text {
        true => SealedText::InClear,
        false => SealedText::LeftAway,
    };
    let bar = output::counter("reports looked at");
    let (indexed, all) = runtime()?.block_on(async {
        let reports = read(&arguments.keeper).await?;
        let (path, tell) = (&arguments.index, || bar.inc(1));
        let opened = match arguments.rebuild {
            true => None,
            false => match Index::open(path) {
                Ok(index) => Some(index),
                Err(search::Error::Missing { .. }) => None,
                Err(why @ search::Error::Damaged { .. }) => {
                    output::talk(&format!("{why}; it is made anew"));
                    None
                }
                Err(error) => return Err(failed(error)),
            },
        };
        let (indexed, index) = match opened {
            Some(mut index) => (reports.index(&mut index, sealed, tell).await?, index),
            None => anew(&reports, path, sealed, tell).await?,
        };
        Ok::<_, Error>((indexed, index.len().map_err(failed)?))
    })?;
    bar.finish_and_clear();
    let mut status = Status::Fine;
    for (report, error) in &indexed.unreadable {
        output::talk(&format!("finding: `{report}` is not in the index: {error}"));
        status = worse(status, Status::numbered(error.exit_status()));
    }
    let Indexed { put, unchanged, removed, left_away, .. } = indexed;
    if left_away > 0 {
        output::talk(&format!(
            "{left_away} sealed reports are found by type, period, status and digest alone, not by their \
             words or metadata; `--sealed-text` puts these there, in clear"
        ));
    }
    match arguments.format {
        Plain::Human => output::data(&format!(
            "{all} reports: {put} read, {unchanged} unchanged, {removed} removed\n"
        ))?,
        Plain::Json => output::json(&json!({
            "reports": all,
            "read": put,
            "unchanged": unchanged,
            "removed": removed,
            "sealed_without_text": left_away,
            "unreadable": indexed.unreadable.iter().map(|it| it.0.to_string()).collect::<Vec<_>>(),
        }))?,
    }
    Ok(status)
}

/// Makes an index beside its place, and moves it there when it is complete.
async fn anew(
    reports: &Reports,
    path: &Path,
    sealed: SealedText,
    tell: impl FnMut() + Send,
) -> Result<(Indexed, Index)> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let mut index = Index::rebuild(&PathBuf::from(beside), []).map_err(failed)?;
    let indexed = reports.index(&mut index, sealed, tell).await?;
    Ok((indexed, index.replace(path).map_err(failed)?))
}

pub(super) fn search(arguments: &SearchReports) -> Result<Status> {
    let index = Index::open(&arguments.index).map_err(failed)?;
    let tenant = arguments.tenant.as_str();
    let wanted: Option<Standing> = arguments.status.map(Into::into);
    runtime()?.block_on(async {
        let reports = read(&arguments.keeper).await?;
        let (mut found, mut after, mut status) = (Vec::new(), None, Status::Fine);
        while found.len() < arguments.limit {
            let hits = index.find(&query(arguments, after)).map_err(failed)?;
            let Some(last) = hits.last() else { break };
            after = Some(last.report.clone());
            for it in reports.look_up(tenant, hits).await {
                let fits = |is: Standing| wanted.is_none_or(|wanted| wanted == is);
                match &it.state {
                    Ok(state) if !fits(state.status(Utc::now())) => continue,
                    Ok(_) => {}
                    Err(error) => status = worse(status, Status::numbered(error.exit_status())),
                }
                found.push(it);
            }
        }
        found.truncate(arguments.limit);
        let partly = index.incomplete(tenant).map_err(failed)?;
        if !arguments.words.is_empty() && partly > 0 {
            output::talk(&format!("of {partly} reports the index does not know all words"));
        }
        if found.is_empty() {
            return Ok(worse(status, Status::Findings));
        }
        match arguments.format {
            Plain::Json => {
                for it in &found {
                    output::json(&told(&reports, it))?;
                }
            }
            Plain::Human => output::data(&table(
                &[
                    vec![["report", "status", "protected until", "says"].map(str::to_owned)],
                    found.iter().map(row).collect(),
                ]
                .concat(),
            ))?,
        }
        Ok(status)
    })
}

fn query(arguments: &SearchReports, after: Option<String>) -> Query {
    let mut query = Query::of(arguments.tenant.as_str()).limit(PAGE);
    if !arguments.words.is_empty() {
        query = query.words(arguments.words.join(" "));
    }
    if let Some(report_type) = arguments.report_type {
        query = query.report_type(report_type.to_string());
    }
    if let Some(period) = &arguments.period {
        query = query.period(period.to_string());
    }
    for it in &arguments.metadata {
        query = query.metadata(&it.name, &it.value);
    }
    if let Some(sha256) = arguments.sha256 {
        query = query.sha256(sha256);
    }
    match after {
        Some(after) => query.after(after),
        None => query,
    }
}

fn told(reports: &Reports, it: &Found) -> serde_json::Value {
    match &it.state {
        Ok(state) => {
            let mut told = reports.describe(state);
            told["line"] = json!(it.hit.line);
            told
        }
        Err(error) => json!({
            "report": it.hit.report,
            "error": {"code": error.code(), "message": error.to_string()},
        }),
    }
}

fn row(it: &Found) -> [String; 4] {
    let line = it.hit.line.clone().unwrap_or_default();
    match &it.state {
        Ok(state) => {
            let status = state.status(Utc::now()).to_string();
            [it.hit.report.clone(), status, page::until(state), line]
        }
        Err(error) => [it.hit.report.clone(), "ERROR".to_owned(), error.to_string(), String::new()],
    }
}

fn failed(error: search::Error) -> Error {
    platform::reports::Error::from(error).into()
}
