//! A table as the query engine sees it: the files of one kind that the log names.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{Array as _, AsArray as _};
use arrow::datatypes::{Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::stats::Precision;
use datafusion::common::{
    ColumnStatistics, DFSchema, DataFusionError, Result, ScalarValue, Statistics,
};
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::listing::helpers::expr_applicable_for_cols;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::union::UnionExec;

use super::engine::nowhere;
use super::layout::Layout;
use super::reader::{Committed, Readers, Trouble};
use crate::commits::{Kind, Live, Table};

/// The files of one kind of a table.
#[derive(Debug)]
pub(super) struct Files {
    table: Arc<Table>,
    kind: Kind,
    layout: Arc<Layout>,
    schema: SchemaRef,
    verify: bool,
    trouble: Trouble,
}

impl Files {
    pub(super) fn new(
        table: Arc<Table>,
        kind: Kind,
        layout: Arc<Layout>,
        verify: bool,
        trouble: Trouble,
    ) -> Self {
        let schema = layout.schema();
        Self { table, kind, layout, schema, verify, trouble }
    }

    fn levels(&self) -> Vec<&str> {
        self.layout.partitions.iter().map(|it| it.name().as_str()).collect()
    }

    /// The files in whose folders rows may lie that fit the filters.
    fn wanted(
        &self,
        state: &dyn Session,
        filters: &[Expr],
    ) -> Result<Vec<(&Live, Vec<ScalarValue>)>> {
        let live = self.table.state().live(self.kind);
        let mut files: Vec<_> = live.map(|it| (it, self.layout.values(&it.file))).collect();
        let levels = self.levels();
        let mut about_folders = filters
            .iter()
            .filter(|it| !levels.is_empty() && expr_applicable_for_cols(&levels, it))
            .peekable();
        if files.is_empty() || about_folders.peek().is_none() {
            return Ok(files);
        }
        let columns = (0..levels.len())
            .map(|nth| ScalarValue::iter_to_array(files.iter().map(|it| it.1[nth].clone())));
        let schema = Arc::new(Schema::new(self.layout.partitions.clone()));
        let batch = RecordBatch::try_new(schema.clone(), columns.collect::<Result<_>>()?)?;
        let schema = DFSchema::try_from(schema)?;
        let mut fits = vec![true; files.len()];
        for filter in about_folders {
            let filter = state.create_physical_expr(filter.clone(), &schema)?;
            let answer = filter.evaluate(&batch)?.into_array(files.len())?;
            let answer = answer.as_boolean_opt().ok_or_else(|| {
                DataFusionError::Internal("a filter is neither true nor false".to_owned())
            })?;
            for (row, fits) in fits.iter_mut().enumerate() {
                *fits &= answer.is_valid(row) && answer.value(row);
            }
        }
        let mut fits = fits.into_iter();
        files.retain(|_| fits.next().unwrap_or(true));
        Ok(files)
    }

    /// Reads files that call their columns by these names.
    fn read(
        &self,
        state: &dyn Session,
        names: &[String],
        files: &[(&Live, Vec<ScalarValue>)],
        projection: Option<&Vec<usize>>,
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns = self.layout.columns.fields().iter().zip(names);
        let columns: Vec<Field> =
            columns.map(|(field, name)| (**field).clone().with_name(name)).collect();
        let schema = TableSchema::builder(Arc::new(Schema::new(columns)))
            .with_table_partition_cols(self.layout.partitions.clone())
            .build();
        let parts = files.iter().map(|(live, values)| {
            PartitionedFile::new(&live.file.path, live.file.size_bytes)
                .with_partition_values(values.clone())
                .with_statistics(Arc::new(self.counted(live.file.rows, live.file.size_bytes)))
                .with_extension(Committed(live.file.clone()))
        });
        let parts = FileGroup::new(parts.collect());
        let rows = files.iter().map(|(live, _)| live.file.rows).sum();
        let bytes = files.iter().map(|(live, _)| live.file.size_bytes).sum();
        let mut statistics = self.counted(rows, bytes);
        let levels = self.layout.partitions.iter().map(|_| ColumnStatistics::new_unknown());
        statistics.column_statistics.extend(levels);
        let pool = state.runtime_env().memory_pool.clone();
        let readers = Readers::new(self.table.clone(), self.verify, pool, self.trouble.clone());
        let source = ParquetSource::new(schema)
            .with_table_parquet_options(state.table_options().parquet.clone())
            .with_parquet_file_reader_factory(Arc::new(readers));
        let threads = state.config().target_partitions();
        // The place is looked up and never asked: files are read by their readers.
        let scan = FileScanConfigBuilder::new(nowhere(), Arc::new(source))
            .with_file_groups(parts.split_files(threads))
            .with_statistics(statistics)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .build();
        let scan: Arc<dyn ExecutionPlan> = DataSourceExec::from_data_source(scan);
        if **self.layout.names() == *names {
            return Ok(scan);
        }
        let shown = self.shown(projection)?;
        let read = scan.schema();
        let renamed = read.fields().iter().zip(shown.fields()).enumerate();
        let renamed: Vec<(Arc<dyn PhysicalExpr>, String)> = renamed
            .map(|(nth, (then, now))| {
                (Arc::new(Column::new(then.name(), nth)) as _, now.name().clone())
            })
            .collect();
        Ok(Arc::new(ProjectionExec::try_new(renamed, scan)?))
    }

    fn shown(&self, projection: Option<&Vec<usize>>) -> Result<SchemaRef> {
        Ok(match projection {
            Some(columns) => Arc::new(self.schema.project(columns)?),
            None => self.schema.clone(),
        })
    }

    /// What the log says of files: how many rows there are.
    fn counted(&self, rows: u64, bytes: u64) -> Statistics {
        let mut counted = Statistics::new_unknown(&self.layout.columns);
        counted.num_rows = Precision::Exact(rows as usize);
        counted.total_byte_size = Precision::Inexact(bytes as usize);
        counted
    }
}

#[async_trait]
impl TableProvider for Files {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        let levels = self.levels();
        let kind = |filter: &&Expr| match expr_applicable_for_cols(&levels, filter) {
            true if !levels.is_empty() => TableProviderFilterPushDown::Exact,
            _ => TableProviderFilterPushDown::Inexact,
        };
        Ok(filters.iter().map(kind).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut by_names: BTreeMap<&[String], Vec<_>> = BTreeMap::new();
        for file in self.wanted(state, filters)? {
            by_names.entry(self.layout.names_in(file.0)).or_default().push(file);
        }
        let scans = by_names
            .into_iter()
            .map(|(names, files)| self.read(state, names, &files, projection, limit));
        let mut scans = scans.collect::<Result<Vec<_>>>()?;
        match scans.len() {
            0 => Ok(Arc::new(EmptyExec::new(self.shown(projection)?))),
            1 => Ok(scans.remove(0)),
            _ => UnionExec::try_new(scans),
        }
    }
}
