//! `factor history`

use platform::factors::FactorStore;
use serde_json::json;
use storage_core::factors::{Answer, Event};

use super::page::{figures, short};
use super::table::table;
use super::{read, runtime};
use crate::args::{History, Plain};
use crate::output;
use crate::status::{Result, Status};

pub(super) fn run(arguments: &History) -> Result<Status> {
    let factors = runtime()?.block_on(read(&arguments.place))?;
    if arguments.days {
        return days(&factors, arguments);
    }
    let history = factors.history(&arguments.name)?;
    if arguments.format == Plain::Json {
        output::json(&json!({"factor": *history.factor, "events": history.events}))?;
        return Ok(Status::Fine);
    }
    let rows = history.events.iter().map(|event| row(&factors, event));
    let rows = rows.collect::<Result<Vec<_>>>()?;
    let titles = ["seq", "recorded", "act", "valid", "version", "figures", "why", "who"];
    output::data(&table(titles, &rows))?;
    Ok(Status::Fine)
}

fn row(factors: &FactorStore, event: &Event) -> Result<[String; 8]> {
    let version = event.version_id.map(|id| factors.get(id)).transpose()?;
    let why = event.reason.as_ref().map(|reason| {
        let kind = json!(reason.kind).as_str().unwrap_or_default().to_owned();
        reason.text.as_ref().map_or_else(|| kind.clone(), |text| format!("{kind}: {text}"))
    });
    let valid = event.reaches.or(event.valid).map(|it| it.to_string());
    Ok([
        event.seq.to_string(),
        event.recorded_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
        json!(event.kind).as_str().unwrap_or_default().to_owned(),
        valid.or_else(|| event.name.clone()).unwrap_or_else(|| "all days".to_owned()),
        event.version_id.as_ref().map(short).unwrap_or_default(),
        version.map(|it| figures(&it)).unwrap_or_default(),
        why.unwrap_or_default(),
        event.actor.clone(),
    ])
}

/// What counts on which days.
fn days(factors: &FactorStore, arguments: &History) -> Result<Status> {
    let segments = factors.segments(&arguments.name, &arguments.known_at)?;
    if arguments.format == Plain::Json {
        output::json(&json!(segments))?;
        return Ok(Status::Fine);
    }
    let rows: Vec<[String; 3]> = segments
        .iter()
        .map(|segment| {
            let valid = segment.valid.map(|it| it.to_string()).unwrap_or_default();
            match &segment.answer {
                Answer::Version(found) => {
                    [valid, short(&found.version_id), figures(&found.version)]
                }
                Answer::Withdrawn { seq, .. } => {
                    [valid, String::new(), format!("withdrawn by event {seq}")]
                }
                _ => [valid, String::new(), "nothing".to_owned()],
            }
        })
        .collect();
    output::data(&table(["valid", "version", "figures"], &rows))?;
    Ok(Status::Fine)
}
