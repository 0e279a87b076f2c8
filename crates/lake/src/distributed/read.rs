//! An input, or a piece of it, becomes rows and rejects.

use std::io::{self, Read as _};

use super::pieces::{Stream, Writer};
use super::survey::LINES;
use super::task::{Job, Read, Reading, read_rejects};
use crate::bronze::apart::{Reader, Tokens};
use crate::bronze::{MaskKeys, Reject};
use crate::commits::Run;
use crate::ingest::{Error, Input, Result};
use crate::read::Source;
use crate::read::feed::Feed;

/// So much of an input that cannot be cut is read at once.
const BLOCK: usize = 16 << 20;

/// Bytes of an input.
struct Piece {
    whole: Input,
    start: u64,
    end: u64,
}

impl Source for Piece {
    fn name(&self) -> &str {
        self.whole.name()
    }

    fn size(&self) -> Option<u64> {
        Some(self.end - self.start)
    }

    fn open(&self) -> io::Result<Box<dyn io::Read + Send>> {
        Ok(Box::new(self.whole.open_at(self.start)?.take(self.end - self.start)))
    }
}

/// Reads what is asked for, and keeps it at the side.
pub(super) async fn read(run: &Run, job: &Job, reading: Reading, keys: &MaskKeys) -> Result<Read> {
    let input = job.place.input(&job.inputs[reading.input]).await?;
    let (document, keys) = (job.document()?, keys.clone());
    let number = reading.number;
    let (send, mut objects) = tokio::sync::mpsc::channel(1);
    let reading = tokio::task::spawn_blocking(move || {
        let name = input.name().to_owned();
        let reader = Reader::new(&document, &keys)?;
        let mut block = BLOCK;
        let (sources, first, wanted, format): ([Input; 1], _, _, _) = match &reading.cut {
            None => ([input], (0, 0), Some(reading.sha256), None),
            Some(cut) => {
                let piece = Piece { whole: input, start: cut.start, end: cut.end };
                // No more than that at once either: a row may be as long as the input.
                block = usize::try_from(cut.end - cut.start).unwrap_or(BLOCK).min(4 * BLOCK);
                ([Box::new(piece) as Input], (cut.start, cut.line), cut.sha256, Some(&LINES))
            }
        };
        let (offset, mut base) = first;
        let mut feed = Feed::new(&sources, format, block);
        let mut rejects = Stream::new(&Reject::schema())?;
        let mut writer = Writer::new(reading.number);
        let (mut bases, mut rows, mut refused) = (Vec::new(), 0, 0);
        let mut tokens = Tokens::new();
        let mut spare = Vec::new();
        while let Some(mut split) = feed.next(spare)? {
            split.offset += offset;
            let taken = reader.take(&split, &name, base);
            bases.push(base);
            base += taken.lines;
            rows += taken.rows;
            refused += taken.rejects.num_rows() as u64;
            if taken.rejects.num_rows() > 0 {
                rejects.add(&taken.rejects)?;
            }
            for (column, of) in taken.tokens {
                tokens.entry(column).or_default().extend(of);
            }
            if let Some(object) = writer.add(bases.len() - 1, taken.parts) {
                send.blocking_send(object).map_err(|_| Error::Stopped)?;
            }
            spare = split.buffer;
        }
        if wanted.is_some_and(|wanted| feed.seals()[0].digest != wanted) {
            return Err(Error::Changed { name });
        }
        if let Some(object) = writer.object() {
            send.blocking_send(object).map_err(|_| Error::Stopped)?;
        }
        if refused > 0 {
            let object = (read_rejects(reading.number), rejects.finish()?);
            send.blocking_send(object).map_err(|_| Error::Stopped)?;
        }
        let partitions = writer.partitions();
        let pieces = writer.pieces;
        Ok(Read { number, rows, refused, bases, partitions, pieces, tokens })
    });
    while let Some(object) = objects.recv().await {
        run.keep(&[object]).await?;
    }
    reading.await.map_err(|_| Error::Stopped)?
}
