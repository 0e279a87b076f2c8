//! Batches that are kept until the end of a run, in order, whatever order they come in.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use arrow::array::{Array, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;

/// The most rows of a batch that comes out, and the most bytes of its rows before it is closed.
const ROWS: usize = 65_536;
const BYTES: usize = 32 << 20;

/// Batches under their place in the order.
#[derive(Debug)]
pub(crate) struct Held {
    schema: SchemaRef,
    items: BTreeMap<(u64, u64), Item>,
    held: usize,
    most: usize,
    temporary: PathBuf,
    file: Option<File>,
    written: u64,
}

#[derive(Debug)]
enum Item {
    Memory(RecordBatch),
    Disk(u64, usize),
}

impl Held {
    pub(crate) fn new(schema: SchemaRef, most: usize, temporary: PathBuf) -> Self {
        Self { schema, items: BTreeMap::new(), held: 0, most, temporary, file: None, written: 0 }
    }

    /// Keeps a batch.
    pub(crate) fn add(&mut self, place: (u64, u64), batch: RecordBatch) -> io::Result<()> {
        if batch.num_rows() == 0 {
            return Ok(());
        }
        self.held += batch.get_array_memory_size();
        self.items.insert(place, Item::Memory(batch));
        if self.held > self.most {
            self.spill()?;
        }
        Ok(())
    }

    fn spill(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile_in(&self.temporary)?),
        };
        file.seek(SeekFrom::End(0))?;
        for item in self.items.values_mut() {
            let Item::Memory(batch) = item else { continue };
            let mut bytes = Vec::new();
            let mut writer =
                StreamWriter::try_new(&mut bytes, &self.schema).map_err(io::Error::other)?;
            writer.write(batch).map_err(io::Error::other)?;
            writer.finish().map_err(io::Error::other)?;
            drop(writer);
            file.write_all(&bytes)?;
            *item = Item::Disk(self.written, bytes.len());
            self.written += bytes.len() as u64;
        }
        self.held = 0;
        Ok(())
    }

    /// The places of all, in order.
    pub(crate) fn places(&self) -> Vec<(u64, u64)> {
        self.items.keys().copied().collect()
    }

    /// A batch, which stays where it is.
    pub(crate) fn read(&mut self, place: (u64, u64)) -> io::Result<RecordBatch> {
        match self.items.get(&place) {
            Some(Item::Memory(batch)) => Ok(batch.clone()),
            Some(&Item::Disk(start, length)) => {
                load(&self.schema, self.file.as_mut(), start, length)
            }
            None => Ok(RecordBatch::new_empty(self.schema.clone())),
        }
    }

    /// All of them in order.
    pub(crate) fn finish(self) -> Batches {
        Batches { schema: self.schema, items: self.items, file: self.file, waiting: None }
    }
}

/// Batches in order, each of 65,536 rows or about 32 MiB; how they are cut depends on their rows alone.
#[derive(Debug)]
pub struct Batches {
    schema: SchemaRef,
    items: BTreeMap<(u64, u64), Item>,
    file: Option<File>,
    /// Rows that came and were not yet handed out.
    waiting: Option<RecordBatch>,
}

impl Batches {
    /// The columns.
    pub fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn load(&mut self, item: Item) -> io::Result<RecordBatch> {
        match item {
            Item::Memory(batch) => Ok(batch),
            Item::Disk(start, length) => load(&self.schema, self.file.as_mut(), start, length),
        }
    }
}

fn load(
    schema: &SchemaRef,
    file: Option<&mut File>,
    start: u64,
    length: usize,
) -> io::Result<RecordBatch> {
    let file = file.ok_or(io::ErrorKind::NotFound)?;
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = vec![0; length];
    file.read_exact(&mut bytes)?;
    let reader = StreamReader::try_new(bytes.as_slice(), None).map_err(io::Error::other)?;
    let batches: Result<Vec<_>, _> = reader.collect();
    concat_batches(schema, &batches.map_err(io::Error::other)?).map_err(io::Error::other)
}

/// How many rows from the first make up a batch; none where there are too few.
fn full(batch: &RecordBatch) -> Option<usize> {
    let most = batch.num_rows().min(ROWS);
    let mut ends = vec![0; most];
    for column in batch.columns() {
        let data = column.to_data();
        if let [offsets, _] = data.buffers() {
            let offsets: &[i32] = &offsets.typed_data()[data.offset()..];
            for (row, end) in ends.iter_mut().enumerate() {
                *end += (offsets[row + 1] - offsets[0]) as usize;
            }
        }
    }
    let heavy = ends.partition_point(|&bytes| bytes < BYTES);
    if heavy < most { Some(heavy + 1) } else { (most == ROWS).then_some(ROWS) }
}

impl Iterator for Batches {
    type Item = io::Result<RecordBatch>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(waiting) = self.waiting.take() {
                if let Some(rows) = full(&waiting) {
                    let batch = waiting.slice(0, rows);
                    let rest = waiting.num_rows() - rows;
                    self.waiting = (rest > 0).then(|| waiting.slice(rows, rest));
                    return Some(Ok(batch));
                }
                self.waiting = Some(waiting);
            }
            // Enough of the coming ones at once that few are copied twice.
            let mut parts: Vec<RecordBatch> = self.waiting.take().into_iter().collect();
            let (mut rows, mut bytes) = (0, 0);
            while rows < ROWS && bytes < BYTES {
                let Some((_, item)) = self.items.pop_first() else { break };
                match self.load(item) {
                    Ok(batch) => {
                        rows += batch.num_rows();
                        bytes += batch.get_array_memory_size();
                        parts.push(batch);
                    }
                    Err(error) => return Some(Err(error)),
                }
            }
            let last = rows == 0;
            if parts.is_empty() {
                return None;
            }
            let joined = match concat_batches(&self.schema, &parts) {
                Ok(joined) => joined,
                Err(error) => return Some(Err(io::Error::other(error))),
            };
            if last {
                return Some(Ok(joined));
            }
            self.waiting = Some(joined);
        }
    }
}
