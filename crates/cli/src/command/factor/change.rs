//! `factor withdraw` and `factor reinstate`, and what all changes share.

use platform::factors::FactorStore;
use serde_json::json;
use storage_core::factors::{Outcome, Terms};

use super::page::short;
use super::runtime;
use crate::args::{Circumstances, Plain, Withdraw};
use crate::output;
use crate::status::{Result, Status};

pub(super) fn withdraw(arguments: &Withdraw) -> Result<Status> {
    change(arguments, false)
}

pub(super) fn reinstate(arguments: &Withdraw) -> Result<Status> {
    change(arguments, true)
}

fn change(arguments: &Withdraw, back: bool) -> Result<Status> {
    let terms = terms(&arguments.circumstances);
    let (name, valid) = (&arguments.name, arguments.valid);
    let act = async |factors: &FactorStore| {
        Ok(match back {
            false => factors.withdraw(name, valid, &terms).await?,
            true => factors.reinstate(name, valid, &terms).await?,
        })
    };
    let outcome =
        runtime()?.block_on(super::change(&arguments.place, &arguments.writer, true, act))?;
    say(arguments.name.as_str(), &outcome, arguments.format)?;
    Ok(Status::Fine)
}

/// Under which circumstances something is done.
pub(super) fn terms(circumstances: &Circumstances) -> Terms {
    Terms {
        reason: circumstances.reason.clone().map(|it| it.0),
        claimed_at: circumstances.claimed_at,
        ..Terms::default()
    }
}

/// Says what became of a change.
pub(super) fn say(name: &str, outcome: &Outcome, format: Plain) -> Result<()> {
    match format {
        Plain::Json => {
            let mut told = json!(outcome);
            told["name"] = json!(name);
            output::json(&told)
        }
        Plain::Human => {
            let version = outcome.version_id.as_ref().map(|it| format!(" {}", short(it)));
            let there = if outcome.created { "" } else { " (was there already)" };
            let name = super::table::plain(name);
            let version = version.unwrap_or_default();
            output::data(&format!("event {} {name}{version}{there}\n", outcome.seq))
        }
    }
}
