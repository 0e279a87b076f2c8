//! `contract approval`

use contract_core::approval::{Decision, Outcome, Standing, verify};
use platform::contracts::Keep;
use serde::Serialize;
use storage_core::Digest;

use super::{examine, open};
use crate::args::{Approval, Plain};
use crate::output;
use crate::status::{Error, Result, Status};

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    decision: &'a Decision,
    #[serde(flatten)]
    standing: &'a Standing,
    allowed: bool,
}

pub(super) fn run(arguments: &Approval) -> Result<Status> {
    let approved = match &arguments.digest {
        None => None,
        Some(text) => Some(text.parse::<Digest>().map_err(|error| {
            Error::invalid(error.to_string(), "`strongroom contract approval` prints it")
        })?),
    };
    let repository = open(&arguments.paths, &arguments.rules)?;
    let examined = examine(
        &repository,
        &arguments.paths,
        &arguments.rules,
        &arguments.base,
        true,
        Keep::Nothing,
    )?;
    let decision = examined.decide(&repository.policy);
    let labels: Vec<&str> = arguments.labels.iter().map(|label| label.trim()).collect();
    let standing = verify(&decision, &labels, approved);
    let allowed = standing.allows();
    let text = match arguments.format {
        Plain::Human => human(&decision, &standing),
        Plain::Json => {
            let answer = Answer { decision: &decision, standing: &standing, allowed };
            serde_json::to_string_pretty(&answer).expect("a decision is JSON") + "\n"
        }
    };
    output::data(&text)?;
    Ok(if allowed { Status::Fine } else { Status::Findings })
}

fn human(decision: &Decision, standing: &Standing) -> String {
    let mut text = match decision.outcome {
        Outcome::Auto => "approved automatically: nothing asks for the platform team\n".to_owned(),
        Outcome::Required => "the platform team has to approve:\n".to_owned(),
        Outcome::Refused => "refused:\n".to_owned(),
    };
    for reason in &decision.reasons {
        let code = reason.code.map(|code| format!("{code} ")).unwrap_or_default();
        text.push_str(&format!("  {}: {code}{}\n", reason.path, reason.message));
    }
    text.push_str(&format!("digest: {}\n", decision.digest));
    let standing = match standing {
        Standing::NotNeeded | Standing::Refused => return text,
        Standing::Approved { label } => format!("approved: label `{label}` covers exactly this"),
        Standing::MissingLabel { accepted } => {
            let labels: Vec<_> = accepted.iter().map(|label| format!("`{label}`")).collect();
            format!("not approved yet: set the label {}", labels.join(" or "))
        }
        Standing::MissingDigest { label, .. } => {
            format!("not approved: nothing says what the label `{label}` approved; pass `--digest`")
        }
        Standing::StaleApproval { approved, .. } => {
            format!("not approved: {approved} was approved, and something was pushed since")
        }
    };
    text + &standing + "\n"
}
