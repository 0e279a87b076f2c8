//! Questions are taken, planned and begun.

use std::collections::BTreeMap;
use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;

use datafusion::catalog::memory::{MemoryCatalogProvider, MemoryCatalogProviderList};
use datafusion::catalog::{
    CatalogProvider as _, CatalogProviderList, MemorySchemaProvider, SchemaProvider as _,
};
use datafusion::common::tree_node::{TreeNode as _, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result as EngineResult};
use datafusion::execution::object_store::{ObjectStoreRegistry, ObjectStoreUrl};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::{SessionState, SessionStateBuilder};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Volatility};
use datafusion::object_store::{ObjectStore, memory::InMemory};
use datafusion::physical_plan::execute_stream;
use datafusion::prelude::SessionConfig;
use storage_core::Digest;
use tokio::sync::Mutex;
use url::Url;

use super::answer::{Keeping, Running};
use super::cache::{Cache, Kept};
use super::provider::Files;
use super::reader::Trouble;
use super::statement::{CATALOG, NO_ZONE, Query};
use super::tables::{Named, Tables};
use super::{Answer, Error, Result, Settings};
use crate::commits::Lake;

/// How often files may be replaced while a query reads them.
const OVERTAKEN: u32 = 5;

/// The stack on which queries are read and planned, in bytes.
const STACK: usize = 64 << 20;

/// Answers questions about a lake. Cheap to clone; clones share memory and answers.
#[derive(Clone)]
pub struct Engine {
    pub(super) shared: Arc<Shared>,
}

pub(super) struct Shared {
    lake: Lake,
    pub(super) settings: Settings,
    state: SessionState,
    tables: Mutex<Tables>,
    pub(super) cache: Cache,
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine")
            .field("lake", &self.shared.lake)
            .field("settings", &self.shared.settings)
            .finish_non_exhaustive()
    }
}

/// The only place that the query engine knows, and nothing is in it: files are read by their readers.
#[derive(Debug, Default)]
struct Nowhere(Arc<InMemory>);

impl ObjectStoreRegistry for Nowhere {
    fn register_store(&self, _: &Url, store: Arc<dyn ObjectStore>) -> Option<Arc<dyn ObjectStore>> {
        Some(store)
    }

    fn get_store(&self, _: &Url) -> EngineResult<Arc<dyn ObjectStore>> {
        Ok(self.0.clone())
    }
}

/// What stands for that place in a plan.
pub(super) fn nowhere() -> ObjectStoreUrl {
    ObjectStoreUrl::local_filesystem()
}

impl Engine {
    /// An engine over the tables of `lake`.
    ///
    /// # Errors
    ///
    /// [`Error::Setup`], as for a folder for temporary files that cannot be used.
    pub fn new(lake: &Lake, settings: Settings) -> Result<Self> {
        let setup = |error: DataFusionError| Error::setup(&error);
        let memory = usize::try_from(settings.memory).unwrap_or(usize::MAX);
        let mut runtime = RuntimeEnvBuilder::new()
            .with_memory_limit(memory, 1.0)
            .with_object_store_registry(Arc::new(Nowhere::default()));
        if let Some(folder) = &settings.temporary {
            runtime = runtime.with_temp_file_path(folder);
        }
        let runtime = runtime.build_arc().map_err(setup)?;
        let mut config = SessionConfig::new()
            .with_default_catalog_and_schema(CATALOG, NO_ZONE)
            .with_create_default_catalog_and_schema(false)
            .with_information_schema(true);
        if let Some(threads) = settings.threads {
            config = config.with_target_partitions(threads.get());
        }
        let parser = &mut config.options_mut().sql_parser;
        parser.collect_spans = true;
        // As Athena does, whichever way rows are sorted (Trino: "ORDER BY clause").
        parser.default_null_ordering = "nulls_last".to_owned();
        let state = SessionStateBuilder::new()
            .with_config(config)
            .with_runtime_env(runtime)
            .with_default_features()
            .build();
        let cache = Cache::new(settings.kept);
        let (lake, tables) = (lake.clone(), Mutex::default());
        Ok(Self { shared: Arc::new(Shared { lake, settings, state, tables, cache }) })
    }

    /// Answers a query, with so many rows at most.
    ///
    /// The answer begins with the tables as their logs say now; what is committed later does not show in
    /// it. Dropping it, or this future, stops the work.
    ///
    /// # Errors
    ///
    /// Everything but [`Error::Setup`].
    pub async fn query(&self, text: &str, limit: Option<usize>) -> Result<Answer> {
        deep(self.asked(text, limit)).await
    }

    async fn asked(&self, text: &str, limit: Option<usize>) -> Result<Answer> {
        let query = Query::parse(text)?;
        let mut overtaken = 0;
        loop {
            match self.once(&query, limit).await {
                Err(Error::Overtaken { .. }) if overtaken < OVERTAKEN => overtaken += 1,
                other => return other,
            }
        }
    }

    async fn once(&self, query: &Query, limit: Option<usize>) -> Result<Answer> {
        let shared = &self.shared;
        let tables = self.tables(query).await?;
        let name = name(query, &tables, limit);
        let keeps = !query.asks_for_tables && !query.explains;
        if keeps && let Some(kept) = self.kept(&name).await {
            return Ok(Answer::kept(kept));
        }
        let trouble = Trouble::default();
        let state = self.state(&tables, &trouble, query.asks_for_tables).await?;
        let plan = query.plan(&state).await?;
        let keeps = keeps && is_lasting(&plan);
        let plan = match limit.filter(|_| !query.explains) {
            Some(_) => LogicalPlanBuilder::from(plan).limit(0, limit).and_then(|it| it.build()),
            None => Ok(plan),
        };
        let plan = plan.map_err(|error| Error::understanding(&error))?;
        let mut running =
            Running { engine: self.clone(), tables, trouble, stream: None, keeping: None };
        let planned = async {
            let plan = state.optimize(&plan)?;
            let plan = state.query_planner().create_physical_plan(&plan, &state).await?;
            execute_stream(plan, state.task_ctx())
        };
        let stream = match planned.await {
            Ok(stream) => stream,
            // Types that do not fit are found here too.
            Err(error @ (DataFusionError::Plan(_) | DataFusionError::SchemaError(..))) => {
                return Err(Error::understanding(&error));
            }
            Err(error) => return Err(running.failed(&error).await),
        };
        let schema = super::answer::plain_schema(&stream.schema());
        running.keeping = keeps.then(|| Keeping::new(name, schema.clone(), shared));
        running.stream = Some(stream);
        Answer::begin(schema, running).await
    }

    /// The tables that a query names, as their logs say now.
    async fn tables(&self, query: &Query) -> Result<Vec<Named>> {
        let (lake, mut known) = (&self.shared.lake, self.shared.tables.lock().await);
        if query.asks_for_tables {
            return known.all(lake).await;
        }
        let mut tables = Vec::new();
        for (zone, name) in &query.tables {
            match known.find(lake, zone, name).await? {
                Some(named) => tables.push(named),
                // It may be a function that gives rows; the engine will tell.
                None if zone == NO_ZONE => {}
                None => {
                    let (name, there) = (format!("{zone}.{name}"), known.names());
                    return Err(Error::NoTable { name, there });
                }
            }
        }
        Ok(tables)
    }

    /// A session that knows these tables and no other. Where all were wanted, those are left out of which
    /// no column is known.
    async fn state(&self, tables: &[Named], trouble: &Trouble, all: bool) -> Result<SessionState> {
        let internal = |error: DataFusionError| Error::internal(error);
        let mut zones: BTreeMap<&str, MemorySchemaProvider> = BTreeMap::new();
        let mut known = self.shared.tables.lock().await;
        for named in tables {
            let layout = match known.layout(named).await? {
                Some(layout) => layout,
                None if all => continue,
                None => {
                    let table = format!("{}.{}", named.zone, named.name);
                    return Err(
                        crate::ingest::Error::from(crate::catalog::Error::Empty { table }).into()
                    );
                }
            };
            let files = Files::new(
                named.table.clone(),
                named.kind,
                layout,
                self.shared.settings.verify,
                trouble.clone(),
            );
            let zone = zones.entry(&named.zone).or_default();
            zone.register_table(named.name.clone(), Arc::new(files)).map_err(internal)?;
        }
        drop(known);
        let catalog = MemoryCatalogProvider::new();
        for (zone, tables) in zones {
            catalog.register_schema(zone, Arc::new(tables)).map_err(internal)?;
        }
        let list = MemoryCatalogProviderList::new();
        list.register_catalog(CATALOG.to_owned(), Arc::new(catalog));
        let mut state = SessionStateBuilder::new_from_existing(self.shared.state.clone())
            .with_catalog_list(Arc::new(list))
            .build();
        // What `now()` is for this query.
        state.mark_start_execution();
        Ok(state)
    }

    /// An answer that was given before.
    async fn kept(&self, name: &Digest) -> Option<Arc<Kept>> {
        if let Some(kept) = self.shared.cache.get(name) {
            return Some(kept);
        }
        let body = self.shared.settings.shared.as_ref()?.read(name).await?;
        let kept = Arc::new(Kept::read(&body)?);
        self.shared.cache.put(*name, kept.clone());
        Some(kept)
    }

    pub(super) fn lake(&self) -> &Lake {
        &self.shared.lake
    }
}

/// Works on a stack of its own, which is as large as the longest query needs (an unoptimised build takes
/// ten kilobytes for each operator). Memory that is not touched costs nothing.
async fn deep<F: Future>(work: F) -> F::Output {
    let mut work = pin!(work);
    poll_fn(|context| stacker::grow(STACK, || work.as_mut().poll(context))).await
}

/// What an answer depends on.
fn name(query: &Query, tables: &[Named], limit: Option<usize>) -> Digest {
    let mut parts = vec!["answer/1".to_owned(), env!("CARGO_PKG_VERSION").to_owned()];
    parts.push(limit.map_or_else(String::new, |it| it.to_string()));
    for named in tables {
        let head = named.head().map_or_else(String::new, |it| it.to_string());
        parts.push(format!("{}.{} {head}", named.zone, named.name));
    }
    // The only part with line ends in it comes last.
    parts.push(query.normalised());
    Digest::of(parts.join("\n").as_bytes())
}

/// Whether the same question over the same rows has the same answer at any time: it does not ask for the
/// time or for something random.
fn is_lasting(plan: &LogicalPlan) -> bool {
    let mut lasting = true;
    let walked = plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expression| {
            expression.apply(|it| {
                let volatility = match it {
                    Expr::ScalarFunction(it) => it.func.signature().volatility,
                    Expr::HigherOrderFunction(it) => it.func.signature().volatility,
                    _ => Volatility::Immutable,
                };
                lasting &= volatility == Volatility::Immutable;
                Ok(TreeNodeRecursion::Continue)
            })
        })
    });
    lasting && walked.is_ok()
}
