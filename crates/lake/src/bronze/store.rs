//! Rows between reading and finishing: in memory, and beyond the budget in a file.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::Path;
use std::sync::Mutex;

use super::lock;
use super::rows::Rows;

/// How much is gathered before it is written.
const WRITE_BYTES: usize = 4 << 20;

/// Some rows of one partition, in the order of lines, all from one split.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) partition: u32,
    /// The number of the split.
    pub(crate) order: u64,
    pub(crate) input: usize,
    /// How many rows.
    pub(crate) rows: usize,
    place: At,
}

#[derive(Clone, Debug)]
enum At {
    /// Rows of a chunk in memory.
    Memory(usize, Range<usize>),
    /// Bytes of the file.
    Disk(u64, usize),
}

#[derive(Debug)]
struct Chunk {
    order: u64,
    input: usize,
    rows: Rows,
    segments: Vec<(u32, u32, u32)>,
}

/// All rows of a run.
#[derive(Debug)]
pub(crate) struct Store {
    chunks: Vec<Chunk>,
    /// Bytes of the rows in memory.
    held: usize,
    most: usize,
    columns: usize,
    file: Option<Mutex<File>>,
    written: u64,
    spilled: Vec<Piece>,
}

impl Store {
    /// A store that holds up to `most` bytes in memory.
    pub(crate) fn new(most: usize, columns: usize) -> Self {
        Self {
            chunks: Vec::new(),
            held: 0,
            most,
            columns,
            file: None,
            written: 0,
            spilled: Vec::new(),
        }
    }

    /// Takes the rows of a split, sorted by partition. Beyond the budget, everything goes to a file in
    /// `temporary` that nobody else sees.
    pub(crate) fn add(
        &mut self,
        (order, input): (u64, usize),
        rows: Rows,
        segments: Vec<(u32, u32, u32)>,
        temporary: &Path,
    ) -> io::Result<()> {
        self.held += rows.size();
        self.chunks.push(Chunk { order, input, rows, segments });
        if self.held > self.most {
            self.spill(temporary)?;
        }
        Ok(())
    }

    /// Writes all rows in memory, partition by partition: so what is read together lies together.
    fn spill(&mut self, temporary: &Path) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(Mutex::new(tempfile::tempfile_in(temporary)?));
        }
        let Some(file) = &self.file else { return Ok(()) };
        let mut file = lock(file);
        let mut buffer = Vec::with_capacity(WRITE_BYTES + (1 << 20));
        for (chunk, piece) in in_memory(&self.chunks) {
            let At::Memory(_, rows) = &piece.place else { continue };
            let start = self.written + buffer.len() as u64;
            let before = buffer.len();
            self.chunks[chunk].rows.write(rows.clone(), &mut buffer);
            let place = At::Disk(start, buffer.len() - before);
            self.spilled.push(Piece { place, ..piece });
            if buffer.len() >= WRITE_BYTES {
                file.write_all(&buffer)?;
                self.written += buffer.len() as u64;
                buffer.clear();
            }
        }
        file.write_all(&buffer)?;
        self.written += buffer.len() as u64;
        self.chunks.clear();
        self.held = 0;
        Ok(())
    }

    /// All pieces, by partition and then in order.
    pub(crate) fn pieces(&self) -> Vec<Piece> {
        let mut pieces = self.spilled.clone();
        pieces.extend(in_memory(&self.chunks).map(|(_, piece)| piece));
        pieces.sort_by_key(|it| (it.partition, it.order));
        pieces
    }

    /// About how many bytes the rows of a piece take.
    pub(crate) fn size(&self, piece: &Piece) -> usize {
        match &piece.place {
            At::Disk(_, length) => *length,
            At::Memory(chunk, rows) => {
                let all = &self.chunks[*chunk].rows;
                all.size() / all.len().max(1) * rows.len()
            }
        }
    }

    /// The rows of a piece.
    pub(crate) fn with<T>(
        &self,
        piece: &Piece,
        look: impl FnOnce(&Rows, Range<usize>) -> T,
    ) -> io::Result<T> {
        match &piece.place {
            At::Memory(chunk, rows) => Ok(look(&self.chunks[*chunk].rows, rows.clone())),
            At::Disk(start, length) => {
                let mut bytes = vec![0; *length];
                let file = self.file.as_ref().ok_or(io::ErrorKind::NotFound)?;
                let mut file = lock(file);
                file.seek(SeekFrom::Start(*start))?;
                file.read_exact(&mut bytes)?;
                drop(file);
                let rows = Rows::read(&bytes, self.columns);
                let all = 0..rows.len();
                Ok(look(&rows, all))
            }
        }
    }
}

/// The pieces in memory with their chunks, by partition and then in order.
fn in_memory(chunks: &[Chunk]) -> impl Iterator<Item = (usize, Piece)> + use<> {
    let mut pieces: Vec<(usize, Piece)> = Vec::new();
    for (at, chunk) in chunks.iter().enumerate() {
        for &(partition, start, end) in &chunk.segments {
            let rows = start as usize..end as usize;
            let (order, input, place) = (chunk.order, chunk.input, At::Memory(at, rows.clone()));
            pieces.push((at, Piece { partition, order, input, rows: rows.len(), place }));
        }
    }
    pieces.sort_by_key(|(_, it)| (it.partition, it.order));
    pieces.into_iter()
}
