//! A run: inputs are read by all threads, their rows gathered, and finished partition by partition.

pub(crate) mod apart;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use arrow::array::RecordBatch;

use super::dictionary::Lexicon;
use super::finish::{Finish, Finished};
use super::held::{Batches, Held};
use super::outcome::{Existing, File, InputCounts, PartitionKey};
use super::plan::Plan;
use super::store::{Piece, Store};
use super::worker::{Parsed, Shared, Worker};
use super::{Duplicate, Error, MaskKeys, Reject, lock};
use crate::commits::Counts;
use crate::read::feed::{Feed, Seal};
use crate::read::kept::{KeptFeed, KeptInput};
use crate::read::split::Split;
use crate::read::{Format, Source};
use crate::schema::Document;

/// How much of an input is read at once, where memory allows.
const BLOCK: u64 = 8 << 20;
/// The least that is read at once.
const LEAST_BLOCK: u64 = 64 << 10;

/// The most bytes of rows of a partition that are judged at once, however much memory there is: the texts of
/// a column have offsets of 32 bits.
const MOST_AT_ONCE: usize = 1 << 30;

/// How a run is carried out. None of it shows in what comes out, but for the format and the keys.
pub struct Options<'o> {
    /// How many threads work.
    pub threads: NonZeroUsize,
    /// About how many bytes of memory are used before rows go to a file.
    pub memory: u64,
    /// Where files may lie that live as long as the run.
    pub temporary: PathBuf,
    /// Called now and then, from any thread.
    pub progress: Option<&'o (dyn Fn(Progress) + Sync)>,
    /// What the inputs are written in; none where each says so itself.
    pub format: Option<Format>,
    /// The keys of masks.
    pub keys: MaskKeys,
}

impl Options<'_> {
    /// Options with all threads of the machine and half a gibibyte.
    pub fn new(temporary: impl Into<PathBuf>) -> Self {
        Self {
            threads: std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
            memory: 512 << 20,
            temporary: temporary.into(),
            progress: None,
            format: None,
            keys: MaskKeys::default(),
        }
    }
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of inputs that were read, as they are stored.
    pub bytes: u64,
    /// Rows that were read.
    pub rows: u64,
    /// Partitions that are finished; 0 while inputs are being read.
    pub finished: u64,
    /// How many partitions there are; 0 while inputs are being read.
    pub partitions: u64,
}

/// All rows of some inputs, read and checked, waiting to be finished.
#[derive(Debug)]
pub struct Gathered {
    plan: Plan,
    store: Store,
    lexicon: Lexicon,
    partitions: Vec<PartitionKey>,
    names: Vec<String>,
    seals: Vec<Seal>,
    /// Per input: all rows, refused rows.
    counted: Vec<(u64, u64)>,
    /// The refused rows of each split, by its number and input; their lines are counted from the split.
    rejects: Mutex<Held>,
    bases: Vec<u64>,
    tokens: BTreeMap<String, BTreeMap<String, String>>,
    most: usize,
    threads: usize,
    temporary: PathBuf,
    rows: u64,
}

/// What came of a run.
#[derive(Debug)]
pub struct Outcome {
    /// The finished files, by partition and then in the order of their rows.
    pub files: Vec<File>,
    /// The partitions of which rows of earlier commits lost: the files of these replace all that was there.
    pub replaced: BTreeSet<PartitionKey>,
    /// How many rows of earlier commits lost. They are among the duplicates, and in nobody's counts here.
    pub superseded: u64,
    /// What became of the rows of every input that was not left out.
    pub inputs: Vec<InputCounts>,
    /// The rows that were refused, as batches of [`Reject::schema`].
    pub rejects: Batches,
    /// The rows that were there already, as batches of [`Duplicate::schema`].
    pub duplicates: Batches,
}

/// What workers hand in.
struct Desk {
    store: Store,
    counted: Vec<(u64, u64)>,
    lines: Vec<(usize, u64, u64)>,
    rejects: Held,
    failed: Option<Error>,
}

/// Reads inputs to their end.
///
/// # Errors
///
/// Where an input cannot be read, a key is missing, or the temporary directory fails. Rows that are wrong are
/// no error.
pub fn gather(
    document: &Document,
    sources: &[Box<dyn Source>],
    options: &Options<'_>,
) -> Result<Gathered, Error> {
    let block = usize::try_from(block(options)).unwrap_or(1 << 20);
    let feed = Feeding::Inputs(Box::new(Feed::new(sources, options.format.as_ref(), block)));
    gathered(document, sources.iter().map(|it| it.name().to_owned()).collect(), feed, options)
}

/// Reads rows that were taken out of their inputs before.
///
/// # Errors
///
/// As [`gather`].
pub(crate) fn gather_kept(
    document: &Document,
    inputs: &[KeptInput],
    options: &Options<'_>,
) -> Result<Gathered, Error> {
    let names = inputs.iter().map(|it| it.name.clone()).collect();
    gathered(document, names, Feeding::Kept(KeptFeed::new(inputs), inputs), options)
}

/// How much of an input is read at once.
fn block(options: &Options<'_>) -> u64 {
    (options.memory / (8 * options.threads.get() as u64)).clamp(LEAST_BLOCK, BLOCK)
}

/// Where splits come from.
enum Feeding<'s> {
    Inputs(Box<Feed<'s>>),
    Kept(KeptFeed<'s>, &'s [KeptInput]),
}

impl Feeding<'_> {
    fn next(&mut self, spare: Vec<u8>) -> Result<Option<Split>, Error> {
        match self {
            Self::Inputs(feed) => feed.next(spare),
            Self::Kept(feed, _) => Ok(feed.next()),
        }
    }

    fn bytes_read(&self) -> u64 {
        match self {
            Self::Inputs(feed) => feed.bytes_read(),
            Self::Kept(..) => 0,
        }
    }

    fn seals(&self) -> Vec<Seal> {
        match self {
            Self::Inputs(feed) => feed.seals().to_vec(),
            Self::Kept(_, inputs) => inputs.iter().map(KeptInput::seal).collect(),
        }
    }
}

fn gathered(
    document: &Document,
    names: Vec<String>,
    feed: Feeding<'_>,
    options: &Options<'_>,
) -> Result<Gathered, Error> {
    let plan = Plan::new(document, &options.keys)?;
    let threads = options.threads.get();
    let block = block(options);
    // What the splits at hand take is not there for rows.
    let most = options.memory.saturating_sub(6 * block * threads as u64).max(1 << 16);
    let shared = Shared::new(&plan);
    let feed = Mutex::new(feed);
    let desk = Mutex::new(Desk {
        store: Store::new(usize::try_from(most).unwrap_or(usize::MAX), plan.places.len()),
        counted: vec![(0, 0); names.len()],
        lines: Vec::new(),
        rejects: Held::new(
            Reject::schema(),
            usize::try_from(most / 8).unwrap_or(usize::MAX),
            options.temporary.clone(),
        ),
        failed: None,
    });
    let rows = AtomicU64::new(0);
    let work = || {
        let mut worker = Worker::new(&plan, &shared);
        let mut spare = Vec::new();
        loop {
            let (split, bytes) = {
                let mut feed = lock(&feed);
                (feed.next(std::mem::take(&mut spare)), feed.bytes_read())
            };
            let split = match split {
                Ok(Some(split)) => split,
                Ok(None) => return,
                Err(error) => {
                    lock(&desk).failed.get_or_insert(error);
                    return;
                }
            };
            let parsed = worker.parse(&split);
            let name = &names[split.input];
            let refused: Vec<Reject> = parsed.rejects.rejects(document, name, 0).collect();
            let refused = Reject::batch(&refused);
            let count = rows.fetch_add(parsed.count, Ordering::Relaxed) + parsed.count;
            let mut desk = lock(&desk);
            if desk.failed.is_some() {
                return;
            }
            if let Err(source) =
                desk.take((split.order, split.input), parsed, refused, &options.temporary)
            {
                desk.failed =
                    Some(Error::Disk { act: "write rows to the temporary directory", source });
                return;
            }
            drop(desk);
            if let Some(progress) = options.progress {
                progress(Progress { bytes, rows: count, finished: 0, partitions: 0 });
            }
            spare = split.buffer;
        }
    };
    std::thread::scope(|scope| {
        (1..threads).for_each(|_| drop(scope.spawn(work)));
        work();
    });
    let desk = desk.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    if let Some(error) = desk.failed {
        return Err(error);
    }
    let seals = lock(&feed).seals();
    let tokens = std::mem::take(&mut *lock(&shared.tokens));
    let (lexicon, partitions) = shared.into_parts(&plan);
    Ok(Gathered {
        lexicon,
        bases: bases(desk.lines),
        plan,
        store: desk.store,
        partitions,
        names,
        seals,
        counted: desk.counted,
        rejects: Mutex::new(desk.rejects),
        tokens,
        most: (usize::try_from(most).unwrap_or(usize::MAX) / (2 * threads)).min(MOST_AT_ONCE),
        threads,
        temporary: options.temporary.clone(),
        rows: rows.into_inner(),
    })
}

/// The line before each split, by its number, from (input, number, lines) of each.
fn bases(mut lines: Vec<(usize, u64, u64)>) -> Vec<u64> {
    lines.sort_unstable();
    let last = lines.iter().map(|it| it.1).max().unwrap_or(0);
    let mut bases = vec![0; usize::try_from(last).unwrap_or(0) + 1];
    let (mut input, mut base) = (usize::MAX, 0);
    for (of, order, count) in lines {
        if of != input {
            (input, base) = (of, 0);
        }
        bases[usize::try_from(order).unwrap_or(0)] = base;
        base += count;
    }
    bases
}

impl Desk {
    fn take(
        &mut self,
        (order, input): (u64, usize),
        parsed: Parsed,
        refused: RecordBatch,
        temporary: &std::path::Path,
    ) -> std::io::Result<()> {
        let counted = &mut self.counted[input];
        counted.0 += parsed.count;
        counted.1 += refused.num_rows() as u64;
        self.lines.push((input, order, parsed.lines));
        self.rejects.add((order, input as u64), refused)?;
        if parsed.rows.len() > 0 {
            self.store.add((order, input), parsed.rows, parsed.segments, temporary)?;
        }
        Ok(())
    }
}

impl Gathered {
    /// Name, digest and size of every input, in order, with what is known of its rows so far: how many there
    /// are, and how many were refused. Whoever has one of them already leaves it out of [`Gathered::finish`].
    pub fn inputs(&self) -> Vec<InputCounts> {
        (0..self.names.len())
            .map(|input| InputCounts {
                name: self.names[input].clone(),
                digest: self.seals[input].digest,
                size: self.seals[input].size,
                counts: Counts {
                    rows: self.counted[input].0,
                    quarantined: self.counted[input].1,
                    ..Counts::default()
                },
            })
            .collect()
    }

    /// The partitions that rows were put to, in order.
    pub fn partitions(&self) -> BTreeSet<PartitionKey> {
        self.partitions.iter().cloned().collect()
    }

    /// Per masked column which token stands for which text. Whoever keeps it can undo the mask.
    pub fn tokens(&self) -> &BTreeMap<String, BTreeMap<String, String>> {
        &self.tokens
    }

    /// Drops duplicates and writes the files to the directory `output`, which is there, partition by
    /// partition. May be called again, after somebody else added rows to the table.
    ///
    /// `skip` are the inputs, by number, that are left out as if they had not been read.
    ///
    /// # Errors
    ///
    /// Where rows of the table cannot be read or files cannot be written; [`Error::Lost`] where rows do not add
    /// up.
    pub fn finish(
        &self,
        existing: &dyn Existing,
        skip: &BTreeSet<usize>,
        output: &std::path::Path,
        progress: Option<&(dyn Fn(Progress) + Sync)>,
    ) -> Result<Outcome, Error> {
        let held = |schema| Mutex::new(Held::new(schema, self.most, self.temporary.clone()));
        let (duplicates, rejects) = (held(Duplicate::schema()), held(Reject::schema()));
        let finish = Finish {
            plan: &self.plan,
            store: &self.store,
            lexicon: &self.lexicon,
            inputs: &self.names,
            bases: &self.bases,
            most: self.most,
            existing,
            output: Some(output),
            duplicates: &duplicates,
            rejects: &rejects,
        };
        let all = self.store.pieces();
        let mut jobs: Vec<(&PartitionKey, Vec<Piece>)> = all
            .chunk_by(|one, other| one.partition == other.partition)
            .map(|pieces| {
                let left = pieces.iter().filter(|it| !skip.contains(&it.input)).cloned().collect();
                (&self.partitions[pieces[0].partition as usize], left)
            })
            .collect();
        jobs.retain(|(_, pieces)| !pieces.is_empty());
        jobs.sort_by_key(|(key, _)| *key);
        let results = self.finish_all(&finish, &jobs, progress)?;
        self.keep_rejects(&rejects, skip)?;

        let (mut files, mut replaced, mut superseded) = (Vec::new(), BTreeSet::new(), 0);
        let mut inputs = self.inputs();
        for ((key, _), finished) in jobs.iter().zip(results) {
            if finished.replaces {
                replaced.insert((*key).clone());
            }
            superseded += finished.superseded;
            files.extend(finished.files);
            for (input, more) in inputs.iter_mut().zip(&finished.counts) {
                input.counts.add(more);
            }
        }
        let inputs: Vec<_> = inputs
            .into_iter()
            .enumerate()
            .filter(|(at, _)| !skip.contains(at))
            .map(|(_, it)| it)
            .collect();
        if let Some(lost) = inputs.iter().find(|it| !it.counts.add_up()) {
            return Err(Error::Lost {
                name: lost.name.clone(),
                counts: format!("{:?}", lost.counts),
            });
        }
        let into = |mutex: Mutex<Held>| {
            mutex.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
        };
        Ok(Outcome {
            files,
            replaced,
            superseded,
            inputs,
            rejects: into(rejects).finish(),
            duplicates: into(duplicates).finish(),
        })
    }

    /// Finishes all partitions on all threads; the results are in the order of the jobs.
    fn finish_all(
        &self,
        finish: &Finish<'_>,
        jobs: &[(&PartitionKey, Vec<Piece>)],
        progress: Option<&(dyn Fn(Progress) + Sync)>,
    ) -> Result<Vec<Finished>, Error> {
        let next = AtomicUsize::new(0);
        let done = AtomicU64::new(0);
        let results: Mutex<BTreeMap<usize, Result<Finished, Error>>> = Mutex::default();
        let bytes = self.seals.iter().map(|it| it.size).sum();
        let work = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some((key, pieces)) = jobs.get(at) else { return };
                let finished = finish.partition(key, at as u64, pieces);
                let failed = finished.is_err();
                lock(&results).insert(at, finished);
                if failed {
                    // Nobody begins another.
                    next.store(jobs.len(), Ordering::Relaxed);
                    return;
                }
                let done = done.fetch_add(1, Ordering::Relaxed) + 1;
                if let Some(progress) = progress {
                    let partitions = jobs.len() as u64;
                    progress(Progress { bytes, rows: self.rows, finished: done, partitions });
                }
            }
        };
        std::thread::scope(|scope| {
            (1..self.threads).for_each(|_| drop(scope.spawn(work)));
            work();
        });
        results
            .into_inner()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
            .into_values()
            .collect()
    }

    fn keep_rejects(&self, held: &Mutex<Held>, skip: &BTreeSet<usize>) -> Result<(), Error> {
        let mut held = lock(held);
        let mut rejects = lock(&self.rejects);
        let disk = |source| Error::Disk { act: "keep rejects for the end of the run", source };
        for (order, input) in rejects.places() {
            if skip.iter().any(|it| *it as u64 == input) {
                continue;
            }
            let base = self.bases[usize::try_from(order).unwrap_or(0)];
            let batch = rejects.read((order, input)).map_err(disk)?;
            held.add((order, 0), Reject::moved_down(&batch, base)).map_err(disk)?;
        }
        Ok(())
    }
}
