//! What is known of a report, for people.

use std::fmt::Write as _;

use chrono::{DateTime, SecondsFormat, Utc};
use platform::reports::Reports;
use storage_core::reports::{State, Status};
use storage_core::retention::Until;

use super::plain;
use crate::args::Plain;
use crate::output;
use crate::status::Result;

/// Prints what is known of a report.
pub(super) fn print(reports: &Reports, state: &State, format: Plain) -> Result<()> {
    match format {
        Plain::Json => output::json(&reports.describe(state)),
        Plain::Human => output::data(&human(state, Utc::now())),
    }
}

/// A moment to the second.
pub(super) fn moment(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// Until when a report is protected.
pub(super) fn until(state: &State) -> String {
    match state.retention.until() {
        Ok(Until::At(at)) => moment(at),
        Ok(Until::Indefinite) => "not known".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn human(state: &State, now: DateTime<Utc>) -> String {
    let (manifest, retention) = (&state.manifest, &state.retention);
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        writeln!(text, "{name:<11}{}", plain(value)).expect("a text grows");
    };
    line("report", &state.report().to_string());
    line("status", state.status(now).as_str());
    line("archived", &format!("{} by {}", moment(manifest.archived_at), manifest.archived_by));
    line("until", &until(state));
    match retention.governing() {
        Ok(governing) => line("because", &governing.to_string()),
        Err(error) => line("because", &error.to_string()),
    }
    let waits: Vec<_> = retention.waits_for().iter().map(ToString::to_string).collect();
    if !waits.is_empty() {
        line("waits for", &waits.join(", "));
    }
    for hold in retention.holds().in_force() {
        let since = moment(hold.placed_at);
        line("hold", &format!("{} of {} since {since}: {}", hold.name, hold.actor, hold.reason));
    }
    if let Some(amended) = &manifest.amends {
        line("corrects", &amended.to_string());
    }
    for id in &state.amended_by {
        line("corrected", &format!("by {id}"));
    }
    if let Some((at, fixity)) = &state.fixity {
        let verdict = if fixity.is_intact() { "intact" } else { "DAMAGED" };
        line("verified", &format!("{}: {verdict}", moment(*at)));
    }
    if let Some(it) = &state.disposed {
        let (by, agreed) = (&it.disposed_by, &it.approved_by);
        line("destroyed", &format!("{} by {by}, approved by {agreed}", moment(it.disposed_at)));
        line("", &format!("after `{}`, which ended with {}", it.rule, it.last_protected_day));
        line("list", &it.list.to_string());
    }
    if manifest.is_sealed() {
        let how = match state.key_destroyed {
            None => "with a key of its own".to_owned(),
            Some(at) => format!("and its key was destroyed {}", moment(at)),
        };
        line("sealed", &how);
    }
    let gone = state.status(now) == Status::Disposed;
    line("files", if gone { "destroyed; these were there" } else { "" });
    let width = manifest.contents().map(|it| it.name.as_str().chars().count()).max().unwrap_or(0);
    for it in manifest.contents() {
        writeln!(
            text,
            "  {:<width$}  {:>12}  {}  {}",
            it.name.as_str(),
            it.content().0,
            it.content().1,
            it.media_type
        )
        .expect("a text grows");
    }
    text.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}
