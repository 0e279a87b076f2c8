//! A lake at one place.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Sender;

use ::lake::bronze::Progress;
use ::lake::catalog::{TenantProjection, describe};
use ::lake::commits::{self, Kind, TableName};
use ::lake::compact::{Options as Compacting, compact};
use ::lake::ingest::{self, Options};
use ::lake::quarantine::{Filter, list};
use ::lake::{catalog, files};
use platform::store::Store;
use pyo3::prelude::*;
use pyo3_arrow::PyTable;
use serde::Deserialize;
use serde_json::json;

use super::raw::inputs;
use super::{INPUT, document, mask_keys, vault};
use crate::audit::Ledger;
use crate::audit::runtime::{wait, work};
use crate::error::{Problem, raise};
use crate::held::Held;
use crate::json;

/// A lake that is open, as the Python package wraps it.
#[pyclass(frozen, module = "strongroom._strongroom.lake")]
pub(crate) struct Lake {
    lake: Held<commits::Lake>,
}

/// How many rows may be refused.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Most {
    Rows(u64),
    PerMillion(u64),
}

pub(super) fn most(most: Most) -> ingest::Most {
    match most {
        Most::Rows(rows) => ingest::Most::Rows(rows),
        Most::PerMillion(share) => ingest::Most::PerMillion(share),
    }
}

/// How inputs are taken in.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Taking {
    threads: Option<NonZeroUsize>,
    memory: Option<u64>,
    temporary: Option<PathBuf>,
    max_quarantined: Option<Most>,
    dry_run: bool,
    tokens: Option<String>,
    application_key: Option<PathBuf>,
}

/// Per masked column which token stands for which text.
pub(super) type Tokens = BTreeMap<String, BTreeMap<String, String>>;

/// How often rows were refused, by column and code.
type Reasons = BTreeMap<(String, String), u64>;

/// File, line, offset, column, code, detail, bytes, commit.
type Refused = (String, u64, Option<u64>, Option<String>, String, String, Option<Vec<u8>>, u64);

impl Lake {
    pub(super) fn lake(&self) -> PyResult<&commits::Lake> {
        self.lake.get()
    }
}

pub(super) fn named(py: Python<'_>, table: &str) -> PyResult<TableName> {
    table.parse().map_err(|error: commits::Error| raise(py, Problem::from(error)))
}

fn kind(py: Python<'_>, kind: &str) -> PyResult<Kind> {
    match kind {
        "data" => Ok(Kind::Data),
        "quarantine" => Ok(Kind::Quarantine),
        "duplicates" => Ok(Kind::Duplicates),
        other => Err(raise(
            py,
            Problem::invalid(INPUT, format!("`{other}` is no kind of files"))
                .hint(Some("use `data`, `quarantine` or `duplicates`")),
        )),
    }
}

#[pymethods]
impl Lake {
    #[staticmethod]
    #[pyo3(signature = (url, *, actor, create, ledger))]
    fn open(
        py: Python<'_>,
        url: String,
        actor: String,
        create: bool,
        ledger: Option<&Bound<'_, Ledger>>,
    ) -> PyResult<Self> {
        let mut options = commits::Options::new(actor);
        options.create = create;
        options.ledger = ledger.map(|it| it.get().ledger().cloned()).transpose()?;
        let opening = async move {
            let store = Store::open(&url).await.map_err(Problem::from)?;
            commits::Lake::open(&store, options).await.map_err(Problem::from)
        };
        let lake = wait(py, opening, None)?.map_err(|problem: Problem| raise(py, problem))?;
        Ok(Self { lake: Held::new("these lakes", lake) })
    }

    #[getter]
    fn location(&self) -> PyResult<String> {
        Ok(self.lake()?.store().location())
    }

    fn tables(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        let lake = self.lake()?.clone();
        let tables = wait(py, async move { lake.tables().await }, None)?;
        let tables = tables.map_err(|error| raise(py, error))?;
        Ok(tables.iter().map(ToString::to_string).collect())
    }

    /// Takes files and folders in; gives the report and the tokens.
    fn ingest(
        &self,
        py: Python<'_>,
        schema: &str,
        sources: Vec<String>,
        options: &str,
        keys: BTreeMap<String, Vec<u8>>,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<(String, Tokens)> {
        let lake = self.lake()?.clone();
        let document = document(schema).map_err(|problem| raise(py, problem))?;
        let asked: Taking =
            json::read(INPUT, "options", options).map_err(|problem| raise(py, problem))?;
        let mut options = Options::default();
        (options.threads, options.memory) = (asked.threads, asked.memory);
        (options.temporary, options.dry_run) = (asked.temporary, asked.dry_run);
        options.max_quarantined = asked.max_quarantined.map(most);
        options.keys = mask_keys(keys);
        let kept = (asked.tokens, asked.application_key);
        let wanted = progress.is_some();
        let taking = move |tell: Sender<Progress>| async move {
            let tell = std::sync::Mutex::new(tell);
            if wanted {
                options.progress = Some(Arc::new(move |it| {
                    // Nobody listens any more when the waiting was given up.
                    let _ = tell.lock().map(|tell| tell.send(it));
                }));
            }
            options.tokens = vault(kept).await?;
            let inputs = inputs(sources).await?;
            ingest::ingest(&lake, &document, inputs, &options).await.map_err(Problem::from)
        };
        let report = work(py, taking, |py, it: Progress| {
            let Some(progress) = &progress else { return Ok(()) };
            progress.call1(py, (it.bytes, it.rows, it.finished, it.partitions)).map(drop)
        })?;
        let report = report.map_err(|problem: Problem| raise(py, problem))?;
        Ok((json::write(py, &report)?, report.tokens))
    }

    /// The live files of a table.
    fn files(&self, py: Python<'_>, table: &str, of: &str) -> PyResult<String> {
        let (lake, name, kind) = (self.lake()?.clone(), named(py, table)?, kind(py, of)?);
        let table = wait(py, async move { lake.reader(&name).await }, None)?;
        let table = table.map_err(|error| raise(py, error))?;
        let files: Vec<_> = table
            .state()
            .live(kind)
            .map(|it| json!({"commit": it.commit, "file": it.file}))
            .collect();
        json::write(py, &files)
    }

    /// The rows of a table, as one `pyarrow.Table` per file; of the files in `partition` or of the file
    /// at `path`, if one is named.
    fn read<'py>(
        &self,
        py: Python<'py>,
        table: &str,
        of: &str,
        partition: Option<String>,
        path: Option<String>,
    ) -> PyResult<Vec<Bound<'py, PyAny>>> {
        let (lake, name, kind) = (self.lake()?.clone(), named(py, table)?, kind(py, of)?);
        let reading = async move {
            let table = lake.reader(&name).await.map_err(Problem::from)?;
            let mut tables = Vec::new();
            if let Some(path) = path {
                let file = table.state().files().get(&path).ok_or_else(|| {
                    let text = format!("`{path}` is no file of the table {name} any more");
                    Problem::invalid(INPUT, text).hint(Some("read the table again"))
                })?;
                tables.push(files::rows(&table, &file.file).await.map_err(Problem::from)?);
                return Ok(tables);
            }
            let mut live: Vec<_> = table.state().live(kind).collect();
            live.sort_by_key(|it| it.commit);
            for it in live {
                let folder = it.file.partition_folder(&name);
                if partition.as_ref().is_some_and(|wanted| wanted.trim_matches('/') != folder) {
                    continue;
                }
                tables.push(files::rows(&table, &it.file).await.map_err(Problem::from)?);
            }
            Ok(tables)
        };
        let tables = wait(py, reading, None)?.map_err(|problem: Problem| raise(py, problem))?;
        let tables = tables.into_iter().filter(|batches| !batches.is_empty());
        tables
            .map(|batches| {
                let schema = batches[0].schema();
                PyTable::try_new(batches, schema)?.into_pyarrow(py)
            })
            .collect()
    }

    /// Rows that were refused, how many there are, and how often for which reason.
    fn quarantine(
        &self,
        py: Python<'_>,
        table: &str,
        codes: Vec<String>,
        file: Option<String>,
        limit: Option<usize>,
    ) -> PyResult<(Vec<Refused>, u64, Reasons)> {
        let (lake, name) = (self.lake()?.clone(), named(py, table)?);
        let mut filter = Filter::default();
        (filter.codes, filter.file, filter.limit) = (codes, file, limit);
        let listing = async move {
            let table = lake.reader(&name).await.map_err(Problem::from)?;
            list(&table, &filter).await.map_err(Problem::from)
        };
        let listing = wait(py, listing, None)?.map_err(|problem: Problem| raise(py, problem))?;
        let entry = |it: ::lake::quarantine::Entry| {
            (it.file, it.line, it.offset, it.column, it.code, it.detail, it.raw, it.commit)
        };
        let entries = listing.entries.into_iter().map(entry).collect();
        Ok((entries, listing.rows, listing.reasons))
    }

    /// Makes small files large ones; gives the number of the commit.
    fn compact(
        &self,
        py: Python<'_>,
        table: &str,
        small_bytes: Option<u64>,
        target_bytes: Option<u64>,
        at_least: Option<usize>,
    ) -> PyResult<Option<(u64, usize, usize)>> {
        let (lake, name) = (self.lake()?.clone(), named(py, table)?);
        let mut options = Compacting::default();
        options.small_bytes = small_bytes.unwrap_or(options.small_bytes);
        options.target_bytes = target_bytes.unwrap_or(options.target_bytes);
        options.at_least = at_least.unwrap_or(options.at_least);
        let compacting = async move {
            let mut table = lake.table(&name).await.map_err(Problem::from)?;
            compact(&mut table, &options).await.map_err(Problem::from)
        };
        let commit = wait(py, compacting, None)?.map_err(|problem: Problem| raise(py, problem))?;
        Ok(commit.map(|it| (it.number, it.adds.len(), it.removes.len())))
    }

    /// What makes Athena know a table.
    fn ddl(
        &self,
        py: Python<'_>,
        table: &str,
        of: &str,
        location: Option<String>,
        tenants: &str,
    ) -> PyResult<String> {
        let (lake, name, kind) = (self.lake()?.clone(), named(py, table)?, kind(py, of)?);
        let tenants = match tenants {
            "injected" => TenantProjection::Injected,
            "enum" => TenantProjection::Enum,
            other => {
                let problem =
                    Problem::invalid(INPUT, format!("`{other}` is no way to find tenants"));
                return Err(raise(py, problem.hint(Some("use `injected` or `enum`"))));
            }
        };
        let describing = async move {
            let table = lake.reader(&name).await.map_err(Problem::from)?;
            let place = lake.store().location();
            let place = place.split('?').next().unwrap_or_default().trim_end_matches('/');
            let location = location.unwrap_or_else(|| place.to_owned());
            let definition =
                describe(&table, kind, &location, tenants).await.map_err(Problem::from)?;
            Ok(catalog::ddl(&definition))
        };
        wait(py, describing, None)?.map_err(|problem: Problem| raise(py, problem))
    }
}
