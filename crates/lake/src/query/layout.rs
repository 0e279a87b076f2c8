//! The columns of a table, and what they are called in each of its files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use datafusion::common::ScalarValue;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use storage_core::Digest;

use super::Result;
use crate::bronze::{Duplicate, Reject};
use crate::commits::{File, Kind, Live, Table, Zone};
use crate::ingest::{Documents, engine, then};
use crate::schema::Document;

/// The columns of the files of one kind of a table.
#[derive(Debug)]
pub(super) struct Layout {
    /// Those in the files, under the names and in the types of now.
    pub(super) columns: SchemaRef,
    /// Those in the names of the folders, outermost first.
    pub(super) partitions: Vec<FieldRef>,
    /// What the columns are called in files that follow an older document.
    older: BTreeMap<Digest, Arc<[String]>>,
    names: Arc<[String]>,
}

impl Layout {
    /// The layout of the files of this `kind`; `None` where there is nothing to take it from.
    pub(super) async fn of(table: &Table, kind: Kind) -> Result<Option<Self>> {
        let state = table.state();
        let levels = state.live(kind).next().map(|it| levels(&it.file, table));
        let zone = table.name().zone();
        let mut documents = Documents::default();
        let mut newest: Option<&Document> = None;
        if (zone, kind) == (Zone::Bronze, Kind::Data) {
            documents = Documents::of(table.lake(), state).await?;
            newest = state.schema().and_then(|it| documents.get(&it));
        }
        let columns = match (newest, zone, kind) {
            (Some(document), ..) => document.file_schema(),
            (None, Zone::Bronze, Kind::Quarantine) => Reject::schema(),
            (None, Zone::Bronze, Kind::Duplicates) => Duplicate::schema(),
            _ => match columns_of_files(table, kind).await? {
                Some(columns) => columns,
                None => return Ok(None),
            },
        };
        let levels = levels.or_else(|| {
            let names = newest?.partitions().iter().map(|it| it.name().to_owned());
            Some(names.collect())
        });
        let partitions: Vec<String> = levels.unwrap_or_default();
        let kept = columns.fields().iter().filter(|it| !partitions.contains(it.name()));
        // Rows of older documents may lack what newer ones have to have.
        let columns: Vec<_> =
            kept.map(|it| Field::new(it.name(), plain(it.data_type()), true)).collect();
        let names: Arc<[String]> = columns.iter().map(|it| it.name().clone()).collect();
        let mut older = BTreeMap::new();
        if let Some(document) = newest {
            for digest in state.live(kind).filter_map(|it| it.schema).collect::<BTreeSet<_>>() {
                if let Some(before) = documents.get(&digest) {
                    let called = |name: &String| {
                        // No column is called like this, so that it is empty.
                        then(before, document, name).unwrap_or_else(|| format!("\0{name}"))
                    };
                    older.insert(digest, names.iter().map(called).collect());
                }
            }
        }
        let partitions = partitions.iter().map(|it| Arc::new(Field::new(it, level_type(it), true)));
        Ok(Some(Self {
            columns: Arc::new(Schema::new(columns)),
            partitions: partitions.collect(),
            older,
            names,
        }))
    }

    /// All columns of the table.
    pub(super) fn schema(&self) -> SchemaRef {
        let fields = self.columns.fields().iter().chain(&self.partitions).cloned();
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }

    /// What the columns are called now.
    pub(super) fn names(&self) -> &Arc<[String]> {
        &self.names
    }

    /// What the columns are called in a file.
    pub(super) fn names_in(&self, live: &Live) -> &Arc<[String]> {
        live.schema.and_then(|it| self.older.get(&it)).unwrap_or(&self.names)
    }

    /// What the folders of a file say.
    pub(super) fn values(&self, file: &File) -> Vec<ScalarValue> {
        let value = |field: &FieldRef| {
            let text = file.partition.get(field.name());
            match field.data_type() {
                DataType::Int32 => ScalarValue::Int32(text.and_then(|it| it.parse().ok())),
                _ => ScalarValue::Utf8(text.cloned()),
            }
        };
        self.partitions.iter().map(value).collect()
    }
}

/// The partition columns in the order of the folders.
fn levels(file: &File, table: &Table) -> Vec<String> {
    let levels = file.partition_folder(table.name()).split('/');
    levels.filter_map(|it| it.split_once('=')).map(|(name, _)| name.to_owned()).collect()
}

/// As in the definitions for other engines.
fn level_type(name: &str) -> DataType {
    match name {
        "year" | "month" | "day" => DataType::Int32,
        _ => DataType::Utf8,
    }
}

/// The columns of the newest file, then those that only files of older layouts have.
async fn columns_of_files(table: &Table, kind: Kind) -> Result<Option<SchemaRef>> {
    let mut by_layout: BTreeMap<Option<Digest>, &Live> = BTreeMap::new();
    // A compaction writes files anew that follow an older layout.
    let now = table.state().schema();
    let newer = |it: &Live| (it.schema == now, it.since, it.commit, u64::MAX - it.file.size_bytes);
    for live in table.state().live(kind) {
        let known = by_layout.entry(live.schema).or_insert(live);
        if newer(live) > newer(known) {
            *known = live;
        }
    }
    let mut files: Vec<&Live> = by_layout.into_values().collect();
    files.sort_by_key(|it| newer(it));
    let mut fields: Vec<FieldRef> = Vec::new();
    for live in files.iter().rev() {
        let body = table.read(&live.file).await.map_err(crate::ingest::Error::from)?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(body).map_err(engine)?;
        for field in reader.schema().fields() {
            if fields.iter().all(|it| it.name() != field.name()) {
                fields.push(field.clone());
            }
        }
    }
    Ok((!fields.is_empty()).then(|| Arc::new(Schema::new(fields))))
}

/// How a column is encoded in a file is nothing to those who ask.
pub(super) fn plain(kind: &DataType) -> DataType {
    match kind {
        DataType::Dictionary(_, values) => plain(values),
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView => DataType::Binary,
        other => other.clone(),
    }
}
