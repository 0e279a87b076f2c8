//! `factor get`

use platform::factors;
use serde_json::json;
use storage_core::factors::{Answer, Found, VersionId};

use super::page::{as_json, page, recorded};
use super::{read, runtime, today};
use crate::args::{Get, Plain};
use crate::output;
use crate::status::{Error, Result, Status};

pub(super) fn run(arguments: &Get) -> Result<Status> {
    let factors = runtime()?.block_on(read(&arguments.place))?;
    if let Ok(id) = arguments.name.parse::<VersionId>() {
        let version = factors.get(id)?;
        let catalogue = factors.catalogue();
        let factor = catalogue.factor(version.factor_id.as_str()).map(|it| &**it);
        match arguments.format {
            Plain::Human => output::data(&page(factor, &id, &version))?,
            Plain::Json => output::json(&json!({
                "answer": "version", "factor": factor, "version_id": id, "version": *version,
            }))?,
        }
        return Ok(Status::Fine);
    }
    let day = arguments.when.valid_at.unwrap_or_else(today);
    let answer = factors.get_at(&arguments.name, day, &arguments.when.known_at)?;
    let catalogue = factors.catalogue();
    let factor = catalogue.factor(&arguments.name).map(|it| &**it);
    if arguments.format == Plain::Json {
        let told = match &answer {
            Answer::Version(found) => as_json(factor, found),
            Answer::NotKnown => json!({"answer": "not_known"}),
            Answer::NotValid { nearest } => json!({"answer": "not_valid", "nearest": nearest}),
            Answer::Withdrawn { since, seq, reason, version } => json!({
                "answer": "withdrawn", "since": since, "seq": seq, "reason": reason,
                "version": version,
            }),
        };
        output::json(&told)?;
        return Ok(if answer.version().is_some() { Status::Fine } else { Status::NotFound });
    }
    match answer {
        Answer::Version(found) => {
            output::data(&page(factor, &found.version_id, &found.version))?;
            output::data(&format!("{}\n", recorded(&found)))?;
            Ok(Status::Fine)
        }
        other => Err(nothing(&arguments.name, day, &other)),
    }
}

/// Why nothing counts, as an error.
pub(super) fn nothing(name: &str, day: chrono::NaiveDate, answer: &Answer) -> Error {
    let named = |found: &Option<Found>| match found {
        Some(it) => format!(": the nearest is {}, valid {}", it.version_id, it.version.valid),
        None => String::new(),
    };
    let message = match answer {
        Answer::NotKnown => {
            return factors::Error::from(storage_core::factors::Error::NoFactor {
                factor_id: name.to_owned(),
            })
            .into();
        }
        Answer::NotValid { nearest } => {
            format!("no version of `{name}` is valid on {day}{}", named(nearest))
        }
        Answer::Withdrawn { since, seq, version, .. } => format!(
            "`{name}` is withdrawn on {day}, since {} (event {seq}){}",
            since.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            named(version).replace("the nearest is", "it was"),
        ),
        Answer::Version(_) => format!("`{name}` counts on {day}"),
    };
    Error::NotFound { message }
}
