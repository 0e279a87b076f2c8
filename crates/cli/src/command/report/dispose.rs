//! `report dispose list`, `approve`, `destroy`

use std::io::Write as _;
use std::path::Path;

use platform::files::Whole;
use platform::reports::Reports;
use serde_json::json;
use storage_core::reports::DisposalList;

use super::list::worse;
use super::{change, runtime};
use crate::args::{ApproveList, DestroyList, ListEligible, Plain};
use crate::output;
use crate::status::{Error, Result, Status};

/// More than a list of a million reports has.
const MAX_LIST_BYTES: usize = 1 << 30;

pub(super) fn list(arguments: &ListEligible) -> Result<Status> {
    let bar = output::working("looking for what may go");
    runtime()?.block_on(async {
        let query = arguments.asked.query(None);
        let review = async |reports: &Reports| Ok(reports.review(&query).await?);
        let reviewed = change(&arguments.keeper, &arguments.protect, false, review).await;
        bar.finish_and_clear();
        let reviewed = reviewed?;
        let list = reviewed.list;
        let mut status = Status::Fine;
        for (report, error) in &reviewed.unreadable {
            output::talk(&format!("finding: nothing can be said of `{report}`: {error}"));
            status = worse(status, Status::numbered(error.exit_status()));
        }
        if let Some(path) = &arguments.out {
            create(path, &list.to_bytes()?)?;
        }
        let digest = list.digest()?;
        match arguments.format {
            Plain::Json => {
                let findings: Vec<_> = reviewed
                    .unreadable
                    .iter()
                    .map(|(report, error)| {
                        let (code, message) = (error.code(), error.to_string());
                        json!({"report": report.to_string(), "code": code, "message": message})
                    })
                    .collect();
                output::json(&json!({"digest": digest, "list": list, "findings": findings}))?;
            }
            Plain::Human => {
                let mut text = String::new();
                for it in &list.reports {
                    text.push_str(&format!(
                        "{}  {} files, {} bytes, after `{}` version {}, which ended with {}\n",
                        it.report,
                        it.files,
                        it.bytes,
                        it.rule,
                        it.rule_version,
                        it.last_protected_day
                    ));
                }
                output::data(&format!("{text}{digest}\n"))?;
            }
        }
        if list.reports.is_empty() {
            output::talk("nothing may be destroyed now");
        }
        Ok(status)
    })
}

/// Writes a file that is not there yet.
pub(super) fn create(path: &Path, bytes: &[u8]) -> Result<()> {
    let mut file = Whole::begin(path)?;
    let written = file.write_all(bytes);
    written.map_err(|source| platform::Error::File {
        act: "write",
        path: path.to_owned(),
        source,
    })?;
    Ok(file.finish()?)
}

pub(super) fn approve(arguments: &ApproveList) -> Result<Status> {
    let bytes = platform::files::read_whole(&arguments.list, MAX_LIST_BYTES)?;
    let list: DisposalList = serde_json::from_slice(&bytes).map_err(|error| {
        Error::invalid(
            format!("`{}` is no list: {error}", arguments.list.display()),
            "name the file that `strongroom report dispose list --out` wrote",
        )
    })?;
    if list.digest()? != arguments.digest {
        let broken = "the list is not the one with this digest".to_owned();
        return Err(storage_core::reports::Error::ApprovalInvalid { broken }.into());
    }
    runtime()?.block_on(async {
        let by = &arguments.protect.actor;
        let approve = async |reports: &Reports| Ok(reports.approve(&list, by).await?);
        let digest = change(&arguments.keeper, &arguments.protect, false, approve).await?;
        output::talk(&format!("{} reports may be destroyed, says {by}", list.reports.len()));
        output::data(&format!("{digest}\n"))?;
        Ok(Status::Fine)
    })
}

pub(super) fn destroy(arguments: &DestroyList) -> Result<Status> {
    let bar = output::working("destroying");
    runtime()?.block_on(async {
        let destroy = async |reports: &Reports| Ok(reports.destroy(&arguments.digest).await?);
        let destroyed = change(&arguments.keeper, &arguments.protect, false, destroy).await;
        bar.finish_and_clear();
        let destroyed = destroyed?;
        let mut status = Status::Fine;
        for it in &destroyed {
            let report = it.report.to_string();
            match (&it.outcome, arguments.format) {
                (Ok(_), Plain::Human) => output::data(&format!("{report}  destroyed\n"))?,
                (Ok(certificate), Plain::Json) => {
                    output::json(&json!({"report": report, "certificate": certificate}))?;
                }
                (Err(error), Plain::Human) => {
                    output::data(&format!("{report}  STAYED: {error}\n"))?;
                }
                (Err(error), Plain::Json) => {
                    let error = json!({"code": error.code(), "message": error.to_string()});
                    output::json(&json!({"report": report, "error": error}))?;
                }
            }
            if let Err(error) = &it.outcome {
                status = worse(status, Status::numbered(error.exit_status()));
            }
        }
        Ok(status)
    })
}
