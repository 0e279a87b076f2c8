//! Answers that are kept.
//!
//! What an answer depends on is its name: the query in one spelling, and the digest of the last commit of
//! each table that it reads. A commit changes the name, so that nothing here can get old; what nobody asks
//! for any more is dropped when there is no room.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arrow::datatypes::SchemaRef;
use arrow::ipc::reader::StreamReader;
use arrow::ipc::writer::StreamWriter;
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use bytes::Bytes;
use storage_core::Digest;

/// The longest answer that machines share, in bytes.
const SHARED: usize = 16 << 20;

/// Answers that several machines share. That it fails is no trouble: then the query is run.
///
/// What it gives is believed, so whoever implements this has to notice what somebody else altered.
#[async_trait]
pub trait SharedAnswers: fmt::Debug + Send + Sync {
    /// The answer that was kept under this name.
    async fn read(&self, name: &Digest) -> Option<Bytes>;

    /// Keeps an answer, as long as there is room.
    async fn write(&self, name: &Digest, answer: Bytes);
}

/// The rows of an answer.
#[derive(Clone, Debug)]
pub(super) struct Kept {
    pub(super) schema: SchemaRef,
    pub(super) batches: Vec<RecordBatch>,
}

impl Kept {
    /// About how much memory it takes.
    pub(super) fn bytes(&self) -> u64 {
        let batches = self.batches.iter().map(RecordBatch::get_array_memory_size);
        batches.sum::<usize>() as u64
    }

    /// As it is handed to other machines: a stream of Arrow IPC. `None` for one that is too long.
    pub(super) fn written(&self) -> Option<Bytes> {
        if self.bytes() > SHARED as u64 {
            return None;
        }
        let mut writer = StreamWriter::try_new(Vec::new(), &self.schema).ok()?;
        self.batches.iter().try_for_each(|it| writer.write(it)).ok()?;
        writer.finish().ok()?;
        Some(writer.into_inner().ok()?.into())
    }

    /// What another machine wrote. `None` for anything else.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let reader = StreamReader::try_new(body, None).ok()?;
        let schema = reader.schema();
        let batches = reader.collect::<Result<Vec<_>, _>>().ok()?;
        Some(Self { schema, batches })
    }
}

/// Answers that this process keeps, up to so many bytes.
#[derive(Debug)]
pub(super) struct Cache {
    most: u64,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    bytes: u64,
    /// Goes up by one with each use.
    now: u64,
    answers: HashMap<Digest, (Arc<Kept>, u64)>,
    /// By when they were used last.
    used: BTreeMap<u64, Digest>,
}

impl Cache {
    pub(super) fn new(most: u64) -> Self {
        Self { most, inner: Mutex::default() }
    }

    /// The largest answer that is kept: one alone shall not drive out all others.
    pub(super) fn largest(&self) -> u64 {
        self.most / 4
    }

    pub(super) fn get(&self, name: &Digest) -> Option<Arc<Kept>> {
        let inner = &mut *self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let (kept, used) = inner.answers.get_mut(name)?;
        inner.used.remove(used);
        inner.now += 1;
        *used = inner.now;
        inner.used.insert(inner.now, *name);
        Some(kept.clone())
    }

    pub(super) fn put(&self, name: Digest, kept: Arc<Kept>) {
        let bytes = kept.bytes();
        if bytes > self.largest() {
            return;
        }
        let inner = &mut *self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        inner.now += 1;
        inner.used.insert(inner.now, name);
        if let Some((before, used)) = inner.answers.insert(name, (kept, inner.now)) {
            inner.used.remove(&used);
            inner.bytes -= before.bytes();
        }
        inner.bytes += bytes;
        while inner.bytes > self.most
            && let Some((_, oldest)) = inner.used.pop_first()
        {
            if let Some((gone, _)) = inner.answers.remove(&oldest) {
                inner.bytes -= gone.bytes();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::Int64Array;
    use arrow::datatypes::{DataType, Field, Schema};

    use super::*;

    fn rows(count: i64) -> Arc<Kept> {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int64, false)]));
        let column = Arc::new(Int64Array::from_iter_values(0..count));
        let batches = vec![RecordBatch::try_new(schema.clone(), vec![column]).unwrap()];
        Arc::new(Kept { schema, batches })
    }

    #[test]
    fn what_was_not_asked_for_longest_goes_first() {
        let one = rows(1000).bytes();
        let cache = Cache::new(one * 4);
        let names: Vec<_> = (0..5_u8).map(|it| Digest::of(&[it])).collect();
        for name in &names[..4] {
            cache.put(*name, rows(1000));
        }
        assert!(cache.get(&names[0]).is_some());
        cache.put(names[4], rows(1000));
        let there: Vec<_> = names.iter().map(|it| cache.get(it).is_some()).collect();
        assert_eq!(there, [true, false, true, true, true]);
        // The same again takes no more room, and a large one none at all.
        cache.put(names[4], rows(1000));
        cache.put(names[1], rows(2000));
        assert!(cache.get(&names[1]).is_none());
        assert_eq!(cache.inner.lock().unwrap().bytes, one * 4);
        assert_eq!(cache.inner.lock().unwrap().used.len(), 4);
    }

    #[test]
    fn an_answer_comes_back_from_its_bytes_and_nothing_else_does() {
        let kept = rows(3);
        let body = kept.written().unwrap();
        let read = Kept::read(&body).unwrap();
        assert_eq!((read.schema, read.batches), (kept.schema.clone(), kept.batches.clone()));
        assert!(Kept::read(b"no").is_none() && Kept::read(&body[..body.len() / 2]).is_none());
        assert!(rows(3_000_000).written().is_none());
    }
}
