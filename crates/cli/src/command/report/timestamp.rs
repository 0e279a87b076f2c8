//! `report timestamp`

use std::path::PathBuf;

use platform::reports::Reports;
use serde_json::json;
use storage_core::timestamp::{Roots, Token};

use super::dispose::create;
use super::{change, find, page, runtime};
use crate::args::{Plain, Timestamp};
use crate::output;
use crate::status::{Error, Result, Status};

/// More than any token or certificate has.
const MAX_BYTES: usize = 1 << 20;

pub(super) fn run(arguments: &Timestamp) -> Result<Status> {
    let roots = roots(&arguments.tsa_root)?;
    runtime()?.block_on(async {
        let stamp = async |reports: &Reports| {
            let report = find(reports, &arguments.named.report).await?;
            let Some(path) = &arguments.token else {
                let state = reports.state(&report).await?;
                let request = reports.timestamp_request(&state)?;
                if let Some(path) = &arguments.request {
                    create(path, request.der())?;
                }
                return Ok((report, request.digest(), None));
            };
            let bytes = platform::files::read_whole(path, MAX_BYTES)?;
            let token = Token::from_file(&bytes).map_err(|error| {
                Error::invalid(
                    format!("`{}` cannot be used: {error}", path.display()),
                    "name the answer of an authority to what `--request` wrote",
                )
            })?;
            let (_, stamp) = reports.add_timestamp(&report, &token, &roots).await?;
            Ok((report, token.digest(), Some(stamp)))
        };
        let (keeper, protect) = (&arguments.keeper, &arguments.protect);
        let (report, digest, stamp) = change(keeper, protect, false, stamp).await?;
        match (stamp, arguments.format) {
            (None, Plain::Human) => output::data(&format!("{report}  asks about {digest}\n"))?,
            (None, Plain::Json) => {
                output::json(&json!({"report": report.to_string(), "about": digest}))?;
            }
            (Some(stamp), Plain::Human) => output::data(&format!(
                "{report}  stamped {}, renew before {}\n",
                page::moment(stamp.time),
                page::moment(stamp.signer_ends)
            ))?,
            (Some(stamp), Plain::Json) => output::json(&json!({
                "report": report.to_string(),
                "token": digest,
                "time": page::moment(stamp.time),
                "serial": stamp.serial,
                "policy": stamp.policy,
                "renew_before": page::moment(stamp.signer_ends),
            }))?,
        }
        Ok(Status::Fine)
    })
}

/// The certificates in these files.
pub(super) fn roots(paths: &[PathBuf]) -> Result<Roots> {
    let mut roots = Roots::default();
    for path in paths {
        let bytes = platform::files::read_whole(path, MAX_BYTES)?;
        roots.add_file(&bytes).map_err(|error| {
            Error::invalid(
                format!("`{}` cannot be used: {error}", path.display()),
                "name certificates as PEM or DER",
            )
        })?;
    }
    Ok(roots)
}
