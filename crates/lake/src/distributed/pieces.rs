//! Rows between two tasks: written partition by partition, so that who finishes some partitions fetches
//! few long pieces.

use std::collections::BTreeMap;
use std::io;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use bytes::Bytes;

use super::side::{Span, other_bytes};
use super::task::{Values, Wanted, Written, rows_object};
use crate::bronze::apart::{Part, Piece};
use crate::bronze::{Error, PartitionKey};
use crate::commits::Run;
use crate::ingest::{self, engine};

/// So many bytes are gathered before they become an object.
const OBJECT: usize = 256 << 20;
/// So many bytes are fetched at once, where they lie together.
const FETCHED: u64 = 32 << 20;

/// Takes the rows of a task, split by split.
#[derive(Default)]
pub(super) struct Writer {
    number: usize,
    partitions: BTreeMap<Values, usize>,
    waiting: Vec<(Values, usize, Vec<u8>)>,
    held: usize,
    objects: usize,
    pub(super) pieces: Vec<Written>,
}

impl Writer {
    pub(super) fn new(number: usize) -> Self {
        Self { number, ..Self::default() }
    }

    /// Takes the rows of a split, and gives an object to be kept once there are enough.
    pub(super) fn add(&mut self, split: usize, parts: Vec<Part>) -> Option<(String, Bytes)> {
        for part in parts {
            self.held += part.bytes.len();
            self.waiting.push((part.partition.0, split, part.bytes));
        }
        (self.held >= OBJECT).then(|| self.object()).flatten()
    }

    /// What is left.
    pub(super) fn object(&mut self) -> Option<(String, Bytes)> {
        if self.waiting.is_empty() {
            return None;
        }
        self.waiting.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
        let mut body = Vec::with_capacity(std::mem::take(&mut self.held));
        for (values, split, bytes) in self.waiting.drain(..) {
            let next = self.partitions.len();
            let partition = *self.partitions.entry(values).or_insert(next);
            self.pieces.push(Written {
                split,
                partition,
                object: self.objects,
                span: Span::of(body.len(), &bytes),
            });
            body.extend_from_slice(&bytes);
        }
        let name = rows_object(self.number, self.objects);
        self.objects += 1;
        Some((name, Bytes::from(body)))
    }

    /// The partitions by their numbers.
    pub(super) fn partitions(&self) -> Vec<Values> {
        let mut all = vec![Values::new(); self.partitions.len()];
        for (values, &number) in &self.partitions {
            all[number].clone_from(values);
        }
        all
    }
}

/// Fetches pieces, those that lie together at once.
pub(super) fn fetch<'f>(
    run: &'f Run,
    objects: &'f [String],
    partitions: &'f [Values],
    mut wanted: Vec<Wanted>,
    runtime: &'f tokio::runtime::Handle,
) -> impl Iterator<Item = Result<Piece, Error>> + 'f {
    wanted.sort_by_key(|it| (it.object, it.span.offset));
    let mut groups: Vec<Vec<Wanted>> = Vec::new();
    for it in wanted {
        match groups.last_mut() {
            Some(group)
                if group[0].object == it.object
                    && group[group.len() - 1].span.end() == it.span.offset
                    && it.span.end() - group[0].span.offset <= FETCHED =>
            {
                group.push(it);
            }
            _ => groups.push(vec![it]),
        }
    }
    groups.into_iter().flat_map(move |group| {
        let (start, end) = (group[0].span.offset, group[group.len() - 1].span.end());
        let name = &objects[group[0].object];
        let lost = |source| Error::Disk { act: "read rows back", source };
        let body = runtime
            .block_on(run.kept(name, Some(start..end)))
            .map_err(|error| lost(io::Error::other(error)));
        let body = match body {
            Ok(body) => body,
            Err(error) => return vec![Err(error)],
        };
        let piece = |it: Wanted| {
            let from = usize::try_from(it.span.offset - start).expect("it was fetched");
            let to = usize::try_from(it.span.end() - start).expect("it was fetched");
            let bytes = body.get(from..to).filter(|bytes| it.span.holds(bytes));
            let bytes = bytes.ok_or_else(|| {
                lost(io::Error::new(io::ErrorKind::InvalidData, other_bytes(name)))
            })?;
            Ok(Piece {
                order: it.order,
                input: it.input,
                base: it.base,
                partition: PartitionKey(partitions[it.partition].clone()),
                bytes: bytes.to_vec(),
            })
        };
        group.into_iter().map(piece).collect()
    })
}

/// Batches as bytes.
pub(crate) struct Stream(StreamWriter<Vec<u8>>);

impl Stream {
    pub(crate) fn new(schema: &SchemaRef) -> ingest::Result<Self> {
        Ok(Self(StreamWriter::try_new(Vec::new(), schema).map_err(engine)?))
    }

    pub(crate) fn add(&mut self, batch: &RecordBatch) -> ingest::Result<()> {
        self.0.write(batch).map_err(engine)
    }

    pub(crate) fn finish(self) -> ingest::Result<Bytes> {
        Ok(Bytes::from(self.0.into_inner().map_err(engine)?))
    }
}

/// The batches that [`Stream`] wrote.
pub(crate) fn batches(bytes: &Bytes) -> ingest::Result<Vec<RecordBatch>> {
    let reader = StreamReader::try_new(bytes.as_ref(), None).map_err(engine)?;
    reader.collect::<Result<_, _>>().map_err(engine)
}
