//! Raw files before they are taken in, and rows that were refused.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use ::lake::distributed::Place;
use ::lake::ingest::{self, Input, Options};
use ::lake::quarantine;
use platform::store::Store;
use pyo3::prelude::*;
use serde::Deserialize;
use serde_json::json;

use super::store::{Lake, Tokens};
use super::{INPUT, document, mask_keys, vault};
use crate::audit::runtime::wait;
use crate::error::{Problem, raise};
use crate::json;

/// What lies at some places.
pub(super) async fn inputs(sources: Vec<String>) -> Result<Vec<Input>, Problem> {
    let mut inputs = Vec::new();
    for source in sources {
        match Place::of(&source) {
            Place::Url(url) => {
                let store = Store::open(&url).await?;
                inputs.extend(ingest::store_inputs(&store).await?);
            }
            Place::Path(path) => inputs.extend(ingest::local_inputs(&path)?),
            _ => return Err(Problem::invalid(INPUT, "a place of another kind")),
        }
    }
    match inputs.is_empty() {
        false => Ok(inputs),
        true => {
            let place = "the places that were named".to_owned();
            Err(ingest::Error::NoInput { place }.into())
        }
    }
}

/// Proposes a schema document.
#[pyfunction]
pub(super) fn discover(py: Python<'_>, entity: String, sources: Vec<String>) -> PyResult<String> {
    let looking = async move {
        let inputs = inputs(sources).await?;
        let looking =
            tokio::task::spawn_blocking(move || ::lake::discover::discover(&entity, &inputs));
        let stopped = |_| Problem::internal("the work broke off");
        Ok::<_, Problem>(looking.await.map_err(stopped)??)
    };
    let proposal = wait(py, looking, None)?.map_err(|problem| raise(py, problem))?;
    let told = json!({
        "document": proposal.document,
        "rows": proposal.rows,
        "unreadable": proposal.unreadable,
        "columns": proposal.columns,
    });
    json::write(py, &told)
}

/// Which rows are tried again, and where tokens are kept.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trying {
    codes: Vec<String>,
    sources: Vec<String>,
    dry_run: bool,
    tokens: Option<String>,
    application_key: Option<PathBuf>,
}

/// Tries rows of a quarantine again; gives the report and the tokens.
#[pyfunction]
pub(super) fn replay(
    py: Python<'_>,
    lake: &Bound<'_, Lake>,
    schema: &str,
    options: &str,
    keys: BTreeMap<String, Vec<u8>>,
) -> PyResult<(String, Tokens)> {
    let lake = lake.get().lake()?.clone();
    let document = document(schema).map_err(|problem| raise(py, problem))?;
    let asked: Trying =
        json::read(INPUT, "options", options).map_err(|problem| raise(py, problem))?;
    let mut options = Options::default();
    (options.dry_run, options.keys) = (asked.dry_run, mask_keys(keys));
    let trying = async move {
        options.tokens = vault((asked.tokens, asked.application_key)).await?;
        if !asked.sources.is_empty() {
            options.originals = Arc::new(inputs(asked.sources).await?);
        }
        Ok(quarantine::replay(&lake, &document, &asked.codes, &options).await?)
    };
    let replayed = wait(py, trying, None)?.map_err(|problem: Problem| raise(py, problem))?;
    let reason = |((code, column), rows): (&(String, String), &u64)| {
        let column = (!column.is_empty()).then_some(column);
        json!({"code": code, "column": column, "rows": rows})
    };
    let told = json!({
        "commit": replayed.commit,
        "counts": replayed.counts,
        "left": replayed.left,
        "reasons": replayed.reasons.iter().map(reason).collect::<Vec<_>>(),
    });
    Ok((json::write(py, &told)?, replayed.tokens))
}
