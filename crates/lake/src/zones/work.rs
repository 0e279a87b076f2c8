//! What is done with the rows of one file. No clock, no store: both cores.

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray as _, BooleanArray};
use arrow::compute::{cast, filter_record_batch};
use arrow::datatypes::{DataType, SchemaRef};
use arrow::record_batch::RecordBatch;
use bytes::Bytes;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use storage_core::factors::Catalogue;

use super::plan::{Item, What};
use super::restate::restate;
use super::{Error, RefineOptions, Result, layout};
use crate::commits::TableName;
use crate::ingest::{Documents, adapted, read};
use crate::schema::Document;
use crate::silver::{self, BRONZE_FILE, Refiner, Report};

/// What became of the rows of one file.
#[derive(Default)]
pub(super) struct Done {
    /// Rows of silver.
    pub(super) silver: Vec<RecordBatch>,
    /// Rows of its quarantine.
    pub(super) rejects: Vec<RecordBatch>,
    /// How many they are, and which.
    pub(super) told: Told,
}

/// What there is to say about the rows of one file.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Told {
    /// What was refined.
    pub(super) report: Report,
    /// Rows whose rows of bronze are no more.
    pub(super) dropped: u64,
    /// Rows that came out differently than before.
    pub(super) changed: u64,
}

impl Done {
    /// How many rows there are.
    pub(super) fn rows(&self) -> u64 {
        self.silver.iter().chain(&self.rejects).map(|it| it.num_rows() as u64).sum()
    }
}

/// What all files are worked on with.
pub(super) struct Work {
    document: Option<Document>,
    documents: Documents,
    options: RefineOptions,
    bronze: SchemaRef,
    silver: SchemaRef,
    rejects: SchemaRef,
    gone: BTreeSet<String>,
}

impl Work {
    /// `partitions` are the columns that the folders of the table of bronze are named after.
    pub(super) fn new(
        document: Option<Document>,
        documents: Documents,
        (table, partitions): (&TableName, &[String]),
        options: &RefineOptions,
        gone: BTreeSet<String>,
    ) -> Result<Self> {
        let failed = |source| Error::Silver { path: table.to_string(), source };
        let bronze = match &document {
            Some(document) => layout::bronze(document, partitions),
            None => return Err(failed(silver::Error::NoDocument)),
        };
        let empty = RecordBatch::new_empty(bronze.clone());
        let refined = Refiner::new(options.silver.clone())
            .refine(&Catalogue::default(), &empty, "")
            .map_err(failed)?;
        Ok(Self {
            document,
            documents,
            options: options.clone(),
            bronze,
            silver: layout::nullable(&refined.accepted.schema()),
            rejects: layout::nullable(&refined.rejects.schema()),
            gone,
        })
    }

    /// The columns of silver and of its quarantine, and of which column the month is taken.
    pub(super) fn layouts(&self) -> (SchemaRef, SchemaRef, String) {
        let timestamp = self.options.silver.columns.timestamp.clone();
        (self.silver.clone(), self.rejects.clone(), timestamp)
    }

    /// What rows are refined with.
    pub(super) fn silver_options(&self) -> &silver::Options {
        &self.options.silver
    }

    /// Works on files, several at a time; `None` for one that stays as it is.
    pub(super) fn all(
        &self,
        files: Vec<(Item, Bytes)>,
        catalogue: &Catalogue,
    ) -> Result<Vec<Option<Done>>> {
        files
            .into_par_iter()
            .map_init(
                || Refiner::new(self.options.silver.clone()),
                |refiner, (item, body)| self.one(refiner, catalogue, &item, body),
            )
            .collect()
    }

    /// Works on one file.
    pub(super) fn one(
        &self,
        refiner: &mut Refiner,
        catalogue: &Catalogue,
        item: &Item,
        body: Bytes,
    ) -> Result<Option<Done>> {
        let path = &item.file.file.path;
        let failed = |source| Error::Silver { path: path.clone(), source };
        let arrow = |source| failed(silver::Error::Arrow(source));
        let mut done = Done::default();
        match item.what {
            What::New => {
                for batch in self.bronze_rows(item, body)? {
                    let partition = &item.file.file.partition;
                    let batch = layout::conform(&batch, partition, &self.bronze).map_err(arrow)?;
                    self.refine(refiner, catalogue, &batch, path, &mut done).map_err(failed)?;
                }
                Ok(Some(done))
            }
            What::Quarantine => {
                for batch in self.kept(path, body, &mut done)? {
                    if !self.options.retry && !self.options.restate {
                        let rows = layout::conform(&batch, &BTreeMap::new(), &self.rejects);
                        done.rejects.push(rows.map_err(arrow)?);
                        continue;
                    }
                    let mut fields = self.bronze.fields().to_vec();
                    let from = self.rejects.field_with_name(BRONZE_FILE).map_err(arrow)?;
                    fields.push(from.clone().into());
                    let schema = arrow::datatypes::Schema::new(fields).into();
                    let rows = layout::conform(&batch, &BTreeMap::new(), &schema).map_err(arrow)?;
                    self.refine(refiner, catalogue, &rows, "", &mut done).map_err(failed)?;
                }
                Ok((done.told.report.accepted > 0 || done.told.dropped > 0).then_some(done))
            }
            What::Silver => {
                for batch in self.kept(path, body, &mut done)? {
                    if !self.options.restate {
                        let rows = layout::conform(&batch, &BTreeMap::new(), &self.silver);
                        done.silver.push(rows.map_err(arrow)?);
                        continue;
                    }
                    let with = (&mut *refiner, catalogue);
                    let restated =
                        restate(&batch, &self.bronze, &self.silver, with).map_err(failed)?;
                    done.told.changed += restated.changed;
                    done.silver.push(restated.rows);
                    let rejects =
                        layout::conform(&restated.rejects, &BTreeMap::new(), &self.rejects);
                    done.rejects.push(rejects.map_err(arrow)?);
                }
                Ok((done.told.changed > 0 || done.told.dropped > 0).then_some(done))
            }
        }
    }

    fn refine(
        &self,
        refiner: &mut Refiner,
        catalogue: &Catalogue,
        batch: &RecordBatch,
        path: &str,
        done: &mut Done,
    ) -> Result<(), silver::Error> {
        let refined = refiner.refine(catalogue, batch, path)?;
        done.told.report.add(&refined.report);
        let conform = |batch, schema| layout::conform(batch, &BTreeMap::new(), schema);
        done.silver.push(conform(&refined.accepted, &self.silver)?);
        done.rejects.push(conform(&refined.rejects, &self.rejects)?);
        Ok(())
    }

    /// The rows of a file of bronze, as the document has them that is followed now.
    fn bronze_rows(&self, item: &Item, body: Bytes) -> Result<Vec<RecordBatch>> {
        let failed = Error::parquet(&item.file.file.path);
        let older = item.file.schema.and_then(|it| self.documents.get(&it));
        let rows = match (&self.document, older) {
            (Some(document), Some(older)) => {
                let schema = document.file_schema();
                let names: Vec<&str> =
                    schema.fields().iter().map(|it| it.name().as_str()).collect();
                adapted(body, older, document, &names)
            }
            _ => read(body, None),
        };
        rows.map_err(|error| failed(error.into()))
    }

    /// The rows of a file of silver or its quarantine whose rows of bronze are still there.
    fn kept(&self, path: &str, body: Bytes, done: &mut Done) -> Result<Vec<RecordBatch>> {
        let failed = Error::parquet(path);
        let batches = read(body, None).map_err(|error| failed(error.into()))?;
        if self.gone.is_empty() {
            return Ok(batches);
        }
        let mut kept = Vec::new();
        for batch in batches {
            let Some(from) = batch.column_by_name(BRONZE_FILE) else {
                return Err(failed(format!("there is no column `{BRONZE_FILE}`").into()));
            };
            let from = cast(from, &DataType::Utf8).map_err(|error| failed(error.into()))?;
            let from = from.as_string::<i32>();
            let stays = (0..from.len())
                .map(|row| from.is_null(row) || !self.gone.contains(from.value(row)));
            let stays: BooleanArray = stays.map(Some).collect();
            done.told.dropped += (from.len() - stays.true_count()) as u64;
            kept.push(filter_record_batch(&batch, &stays).map_err(|error| failed(error.into()))?);
        }
        Ok(kept)
    }
}
