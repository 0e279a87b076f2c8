//! An answer, as far as it is there.

use std::fmt;
use std::sync::{Arc, PoisonError};

use arrow::compute::cast;
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::DataFusionError;
use datafusion::execution::SendableRecordBatchStream;
use futures_util::StreamExt as _;
use serde_json::Value;
use storage_core::Digest;

use super::cache::Kept;
use super::engine::Shared;
use super::layout::plain;
use super::reader::Trouble;
use super::tables::Named;
use super::{Engine, Error, Result, value};
use crate::commits;

/// The rows of an answer, batch by batch: a long one is never held as a whole.
pub struct Answer {
    schema: SchemaRef,
    rows: Rows,
}

enum Rows {
    /// They were known before.
    Kept { answer: Arc<Kept>, next: usize },
    /// They come as they are found. The first ones are here.
    Running { first: Option<RecordBatch>, running: Box<Running> },
}

/// A query at work.
pub(super) struct Running {
    pub(super) engine: Engine,
    pub(super) tables: Vec<Named>,
    pub(super) trouble: Trouble,
    pub(super) stream: Option<SendableRecordBatchStream>,
    pub(super) keeping: Option<Keeping>,
}

/// What is put aside while it is handed out, to be kept when it is whole.
pub(super) struct Keeping {
    name: Digest,
    kept: Kept,
    bytes: u64,
    most: u64,
}

impl Keeping {
    pub(super) fn new(name: Digest, schema: SchemaRef, shared: &Shared) -> Self {
        let kept = Kept { schema, batches: Vec::new() };
        Self { name, kept, bytes: 0, most: shared.cache.largest() }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("schema", &self.schema)
            .field("was_known", &self.was_known())
            .finish_non_exhaustive()
    }
}

impl Answer {
    pub(super) fn kept(answer: Arc<Kept>) -> Self {
        Self { schema: answer.schema.clone(), rows: Rows::Kept { answer, next: 0 } }
    }

    /// Waits for the first rows, so that what keeps a query from beginning is told at once.
    pub(super) async fn begin(schema: SchemaRef, running: Running) -> Result<Self> {
        let mut running = Box::new(running);
        let first = running.next(&schema).await?;
        Ok(Self { schema, rows: Rows::Running { first, running } })
    }

    /// The columns and their types. Text is `Utf8`, whatever it was in a file.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The names of the columns.
    pub fn columns(&self) -> Vec<String> {
        self.schema.fields().iter().map(|it| it.name().clone()).collect()
    }

    /// Whether nothing had to be read: somebody had asked the same, and nothing was committed since.
    pub fn was_known(&self) -> bool {
        matches!(self.rows, Rows::Kept { .. })
    }

    /// The next rows; `None` when there are no more.
    ///
    /// # Errors
    ///
    /// [`Error::Failed`], [`Error::Memory`], [`Error::Overtaken`], [`Error::Ingest`] over what the query
    /// meets on its way.
    pub async fn next(&mut self) -> Result<Option<RecordBatch>> {
        match &mut self.rows {
            Rows::Kept { answer, next } => {
                *next += 1;
                Ok(answer.batches.get(*next - 1).cloned())
            }
            Rows::Running { first, running } => match first.take() {
                Some(first) => Ok(Some(first)),
                None => running.next(&self.schema).await,
            },
        }
    }

    /// All rows.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    pub async fn batches(mut self) -> Result<Vec<RecordBatch>> {
        let mut all = Vec::new();
        while let Some(batch) = self.next().await? {
            all.push(batch);
        }
        Ok(all)
    }

    /// All rows, each with the [values](value) of its columns.
    ///
    /// # Errors
    ///
    /// As [`next`](Self::next).
    pub async fn rows(self) -> Result<Vec<Vec<Value>>> {
        let mut rows = Vec::new();
        for batch in self.batches().await? {
            for row in 0..batch.num_rows() {
                rows.push(batch.columns().iter().map(|it| value(it, row)).collect());
            }
        }
        Ok(rows)
    }
}

impl Running {
    async fn next(&mut self, schema: &SchemaRef) -> Result<Option<RecordBatch>> {
        loop {
            let Some(stream) = &mut self.stream else { return Ok(None) };
            match stream.next().await {
                Some(Ok(batch)) if batch.num_rows() == 0 => {}
                Some(Ok(batch)) => {
                    let batch = plain_batch(&batch, schema).map_err(Error::internal)?;
                    self.put_aside(&batch);
                    return Ok(Some(batch));
                }
                Some(Err(error)) => {
                    self.stream = None;
                    return Err(self.failed(&error).await);
                }
                None => {
                    self.stream = None;
                    self.keep().await;
                    return Ok(None);
                }
            }
        }
    }

    fn put_aside(&mut self, batch: &RecordBatch) {
        if let Some(keeping) = &mut self.keeping {
            keeping.bytes += batch.get_array_memory_size() as u64;
            match keeping.bytes > keeping.most {
                true => self.keeping = None,
                false => keeping.kept.batches.push(batch.clone()),
            }
        }
    }

    async fn keep(&mut self) {
        let Some(Keeping { name, kept, .. }) = self.keeping.take() else { return };
        let shared = &self.engine.shared;
        if let Some(others) = &shared.settings.shared
            && let Some(body) = kept.written()
        {
            others.write(&name, body).await;
        }
        shared.cache.put(name, Arc::new(kept));
    }

    /// Why a query failed: what is known about the files comes before what the query engine says.
    pub(super) async fn failed(&mut self, error: &DataFusionError) -> Error {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(trouble) = trouble else {
            return Error::working(error, self.engine.shared.settings.memory);
        };
        if let commits::Error::FileLost { table, path, .. } = &trouble {
            // Perhaps somebody put it together with others, and its rows are elsewhere now.
            for named in self.tables.iter().filter(|it| it.table.name() == table) {
                if let Ok(now) = self.engine.lake().reader(table).await
                    && now.state().is_gone(path)
                {
                    return Error::Overtaken { table: named.table.name().to_string() };
                }
            }
        }
        trouble.into()
    }
}

/// The same columns without the encodings of files and engines.
pub(super) fn plain_schema(schema: &Schema) -> SchemaRef {
    let field = |it: &Arc<Field>| Field::new(it.name(), plain(it.data_type()), it.is_nullable());
    Arc::new(Schema::new(schema.fields().iter().map(field).collect::<Vec<_>>()))
}

fn plain_batch(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().zip(schema.fields());
    let columns = columns.map(|(column, field)| cast(column, field.data_type()));
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema.clone(), columns.collect::<Result<_, _>>()?, &options)
}
