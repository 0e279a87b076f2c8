//! Bytes of committed files, for the query engine: it has no other way to any file.

use std::collections::HashMap;
use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;
use datafusion::common::{DataFusionError, Result as EngineResult};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::ParquetFileReaderFactory;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parquet::arrow::arrow_reader::ArrowReaderOptions;
use parquet::arrow::async_reader::AsyncFileReader;
use parquet::errors::{ParquetError, Result as ParquetResult};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use sha2::{Digest as _, Sha256};
use tokio::sync::OnceCell;

use crate::commits::{Error, File, Result, Table};

/// So many bytes of a file that is too large to be held are read at once.
const BLOCK: u64 = 8 << 20;

/// The first error over a file of a table in the course of a query. The query engine only hears that there
/// was one.
pub(super) type Trouble = Arc<Mutex<Option<Error>>>;

/// What a file in the plan stands for.
#[derive(Clone, Debug)]
pub(super) struct Committed(pub(super) File);

/// Opens files of one table.
pub(super) struct Readers {
    table: Arc<Table>,
    verify: bool,
    pool: Arc<dyn MemoryPool>,
    trouble: Trouble,
    /// Files that are open: pieces of one are read by several threads.
    open: Mutex<HashMap<String, Weak<OnceCell<Body>>>>,
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Readers").field(&self.table.name().to_string()).finish()
    }
}

impl Readers {
    pub(super) fn new(
        table: Arc<Table>,
        verify: bool,
        pool: Arc<dyn MemoryPool>,
        trouble: Trouble,
    ) -> Self {
        Self { table, verify, pool, trouble, open: Mutex::default() }
    }
}

impl ParquetFileReaderFactory for Readers {
    fn create_reader(
        &self,
        _partition_index: usize,
        file: PartitionedFile,
        _metadata_size_hint: Option<usize>,
        _metrics: &ExecutionPlanMetricsSet,
    ) -> EngineResult<Box<dyn AsyncFileReader + Send>> {
        let Some(Committed(file)) = file.extension::<Committed>().cloned() else {
            let said = format!("`{}` is not committed", file.path());
            return Err(DataFusionError::Internal(said));
        };
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.retain(|_, it| it.strong_count() > 0);
        let body = match open.get(&file.path).and_then(Weak::upgrade) {
            Some(body) => body,
            None => {
                let body = Arc::new(OnceCell::new());
                open.insert(file.path.clone(), Arc::downgrade(&body));
                body
            }
        };
        Ok(Box::new(Reader {
            table: self.table.clone(),
            file,
            verify: self.verify,
            pool: self.pool.clone(),
            trouble: self.trouble.clone(),
            body,
        }))
    }
}

/// What is known about the bytes of a file.
enum Body {
    /// They are here, and are those that the log names.
    Whole(
        Bytes,
        #[expect(dead_code, reason = "it counts as long as the bytes are held")] MemoryReservation,
    ),
    /// They are to be fetched piece by piece.
    Pieces,
}

/// Reads one file.
struct Reader {
    table: Arc<Table>,
    file: File,
    verify: bool,
    pool: Arc<dyn MemoryPool>,
    trouble: Trouble,
    body: Arc<OnceCell<Body>>,
}

impl Reader {
    async fn open(&self) -> Result<Body> {
        if !self.verify {
            return Ok(Body::Pieces);
        }
        let size = self.file.size_bytes;
        let consumer = MemoryConsumer::new(format!("the file {}", self.file.path));
        let reservation = consumer.register(&self.pool);
        let fits = usize::try_from(size).is_ok_and(|it| reservation.try_grow(it).is_ok());
        if fits {
            return Ok(Body::Whole(self.table.read(&self.file).await?, reservation));
        }
        // There is no room to hold it: it is read once to see whether it is what the log says, and then
        // what is needed of it.
        let mut sum = Sha256::new();
        let mut from = 0;
        while from < size {
            let to = size.min(from + BLOCK);
            sum.update(self.fetch(from..to).await?);
            from = to;
        }
        match <[u8; 32]>::from(sum.finalize()) == *self.file.sha256.as_bytes() {
            true => Ok(Body::Pieces),
            false => Err(self.table.lost(&self.file, "it has other bytes")),
        }
    }

    async fn fetch(&self, range: Range<u64>) -> Result<Bytes> {
        let wanted = range.end - range.start;
        let body = self.table.fetch(&self.file, Some(range)).await?;
        match body.len() as u64 == wanted {
            true => Ok(body),
            false => Err(self.table.lost(&self.file, "it has another length")),
        }
    }

    async fn bytes(&self, range: Range<u64>) -> Result<Bytes> {
        let outside = range.end > self.file.size_bytes || range.start > range.end;
        if outside {
            return Err(self.table.lost(&self.file, "it speaks of bytes behind its end"));
        }
        match self.body.get_or_try_init(|| self.open()).await? {
            Body::Whole(body, _) => Ok(body.slice(range.start as usize..range.end as usize)),
            Body::Pieces => self.fetch(range).await,
        }
    }

    /// Keeps the first error, and tells the query engine that there was one.
    fn told(&self, error: Error) -> ParquetError {
        let said = ParquetError::General(error.to_string());
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.get_or_insert(error);
        said
    }
}

impl AsyncFileReader for Reader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        async move { self.bytes(range).await.map_err(|error| self.told(error)) }.boxed()
    }

    fn get_byte_ranges(
        &mut self,
        ranges: Vec<Range<u64>>,
    ) -> BoxFuture<'_, ParquetResult<Vec<Bytes>>> {
        async move {
            let all = ranges.into_iter().map(|range| self.bytes(range));
            let all = futures_util::future::try_join_all(all).await;
            all.map_err(|error| self.told(error))
        }
        .boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        async move {
            let size = self.file.size_bytes;
            let reader = ParquetMetaDataReader::new().with_arrow_reader_options(options);
            Ok(Arc::new(reader.load_and_finish(self, size).await?))
        }
        .boxed()
    }
}
