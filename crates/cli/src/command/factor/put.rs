//! `factor put`

use std::fs::File;
use std::io::{self, Read as _};
use std::sync::Arc;

use platform::factors::FactorStore;
use serde::Deserialize;
use storage_core::factors::{Change, Factor, Interval, Terms, Version, VersionId};

use super::change::{say, terms};
use super::{change, runtime};
use crate::args::PutFactors;
use crate::output;
use crate::status::{Error, Result, Status};

/// A line, as `factor export` writes it too.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    factor: Factor,
    version: Version,
    /// What the version has to be called.
    version_id: Option<VersionId>,
    /// The days on which it counted where it comes from; the version says for which it is meant.
    #[serde(rename = "valid")]
    _counted: Option<Interval>,
}

pub(super) fn run(arguments: &PutFactors) -> Result<Status> {
    let lines = read(&text(arguments)?)?;
    let terms = Terms {
        expected_head: arguments.expected_head.map(|it| it.0),
        ..terms(&arguments.circumstances)
    };
    let changes: Vec<_> = lines
        .into_iter()
        .map(|(factor, version)| {
            let change = match arguments.correct {
                false => Change::Put { factor, version },
                true => Change::Correct { factor, version },
            };
            (change, terms.clone())
        })
        .collect();
    let act = async |factors: &FactorStore| {
        let bar = output::working("recording");
        let outcomes = factors.put_all(&changes).await;
        bar.finish_and_clear();
        Ok(outcomes?)
    };
    let outcomes = runtime()?.block_on(change(&arguments.place, &arguments.writer, true, act))?;
    for ((change, _), outcome) in changes.iter().zip(&outcomes) {
        if let Change::Put { factor, .. } | Change::Correct { factor, .. } = change {
            say(factor.factor_id.as_str(), outcome, arguments.format)?;
        }
    }
    let new = outcomes.iter().filter(|it| it.created).count();
    output::talk(&format!("{new} recorded, {} were there already", outcomes.len() - new));
    Ok(Status::Fine)
}

fn text(arguments: &PutFactors) -> Result<String> {
    let path = &arguments.file;
    let mut text = String::new();
    let read = if path.as_os_str() == "-" {
        io::stdin().lock().read_to_string(&mut text)
    } else {
        File::open(path).and_then(|mut file| file.read_to_string(&mut text))
    };
    match read {
        Ok(_) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Error::NotFound { message: format!("there is no file `{}`", path.display()) })
        }
        Err(source) => Err(Error::Input { source }),
    }
}

/// The lines of a file: an array, or one object after the other.
fn read(text: &str) -> Result<Vec<(Arc<Factor>, Arc<Version>)>> {
    let mut read = Vec::new();
    let mut take = |at: usize, line: std::result::Result<Line, serde_json::Error>| -> Result<()> {
        let refused = |message: String| {
            let hint = "`strongroom factor put --help` says what a line holds";
            Error::invalid(format!("entry {at} cannot be used: {message}"), hint)
        };
        let line = line.map_err(|error| refused(error.to_string()))?;
        if let Some(named) = line.version_id
            && named != line.version.id()
        {
            return Err(refused(format!("it is called `{named}` and says something else")));
        }
        if line.factor.factor_id != line.version.factor_id {
            let (a, b) = (&line.factor.factor_id, &line.version.factor_id);
            return Err(refused(format!("its factor is `{a}`, and its version is of `{b}`")));
        }
        read.push((Arc::new(line.factor), Arc::new(line.version)));
        Ok(())
    };
    if text.trim_start().starts_with('[') {
        // Each by itself, so that the one that is wrong is named.
        let entries: Vec<serde_json::Value> = serde_json::from_str(text).map_err(|error| {
            Error::invalid(format!("no array of JSON: {error}"), "mend the file")
        })?;
        for (at, entry) in entries.into_iter().enumerate() {
            take(at + 1, serde_json::from_value(entry))?;
        }
    } else {
        for (at, line) in serde_json::Deserializer::from_str(text).into_iter().enumerate() {
            take(at + 1, line)?;
        }
    }
    if read.is_empty() {
        return Err(Error::invalid("the file holds no factors", "one JSON object for each"));
    }
    Ok(read)
}
