//! Writing a batch.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

use super::lines::{EventLine, Note, TableLine};
use super::{Header, MAX_BYTES, Stamp, VERSION, pack};
use crate::Digest;
use crate::factors::version::{id_of, licence_digest, source_digest};
use crate::factors::{
    Error, Factor, FactorId, Interval, Kind, Licence, Source, Version, VersionId,
};

/// About so many bytes of versions are packed together: enough to pack well, few enough that one
/// version is at hand quickly.
const BLOCK_BYTES: usize = 64 << 10;

/// Everything of a batch but its head, line by line.
#[derive(Debug, Default)]
pub(in crate::factors) struct Pieces {
    tables: Vec<u8>,
    factors: u32,
    sources: HashMap<usize, (Digest, Arc<Source>)>,
    licences: HashMap<usize, (Digest, Arc<Licence>)>,
    written: std::collections::HashSet<Digest>,
    events: Vec<u8>,
    count: u64,
    blocks: Vec<(Vec<u8>, u32)>,
    contents: u32,
    content_bytes: usize,
    /// Only count.
    dry: bool,
}

/// A batch that lacks its head, and whose versions are not packed yet.
///
/// The frames are independent of each other and of the place in the log: pack them with [`pack`] on as
/// many threads as there are, and keep them if the place turns out to be taken.
#[derive(Debug)]
pub struct Unpacked {
    tables_and_events: Vec<u8>,
    count: u64,
    first_seq: u64,
    previous: Option<Digest>,
    not_before: Option<DateTime<Utc>>,
    lines: Vec<u32>,
    /// The versions: lines for one frame each.
    pub blocks: Vec<Vec<u8>>,
}

impl Pieces {
    /// Pieces that are counted and not kept.
    pub(in crate::factors) fn dry() -> Self {
        Self { dry: true, ..Self::default() }
    }

    /// How many bytes there are so far.
    pub(in crate::factors) fn bytes(&self) -> usize {
        self.tables.len() + self.events.len() + self.content_bytes
    }

    /// How many events there are.
    pub(in crate::factors) fn count(&self) -> u64 {
        self.count
    }

    /// Adds a factor to the table, and gives its place in it.
    pub(in crate::factors) fn factor(&mut self, factor: Result<Arc<Factor>, FactorId>) -> u32 {
        write(
            &mut self.tables,
            &match factor {
                Ok(factor) => TableLine::Factor(factor),
                Err(id) => TableLine::Known(id),
            },
        );
        self.factors += 1;
        self.factors - 1
    }

    /// The digests of what a version shares with others.
    fn shared(&mut self, version: &Version) -> (Digest, Digest) {
        // Millions of versions share a few sources. They are kept, so that no other can come to lie
        // where they lay.
        let source = self
            .sources
            .entry(address(&version.source))
            .or_insert_with(|| (source_digest(&version.source), version.source.clone()));
        let licence = self
            .licences
            .entry(address(&version.licence))
            .or_insert_with(|| (licence_digest(&version.licence), version.licence.clone()));
        (source.0, licence.0)
    }

    /// The name of a version, and the line that it names.
    pub(in crate::factors) fn line(&mut self, version: &Version) -> (VersionId, Vec<u8>) {
        let (source, licence) = self.shared(version);
        let line = version.line_naming(source, licence);
        (id_of(&line), line)
    }

    /// Adds the line of a version, and gives its number.
    pub(in crate::factors) fn content(&mut self, version: &Version, line: &[u8]) -> u32 {
        let (source, licence) = self.shared(version);
        if self.written.insert(source) {
            write(&mut self.tables, &TableLine::Source(version.source.clone()));
        }
        if self.written.insert(licence) {
            write(&mut self.tables, &TableLine::Licence(version.licence.clone()));
        }
        if self.dry {
            self.contents += 1;
            return self.contents - 1;
        }
        let full = self.blocks.last().is_none_or(|(bytes, _)| bytes.len() >= BLOCK_BYTES);
        if full {
            self.blocks.push((Vec::with_capacity(BLOCK_BYTES + 2 * line.len()), 0));
        }
        if let Some((bytes, lines)) = self.blocks.last_mut() {
            bytes.extend_from_slice(line);
            bytes.push(b'\n');
            *lines += 1;
        }
        self.content_bytes += line.len() + 1;
        self.contents += 1;
        self.contents - 1
    }

    /// Adds an event.
    pub(in crate::factors) fn event(
        &mut self,
        kind: Kind,
        factor: Option<u32>,
        valid: Option<Interval>,
        version: Option<(VersionId, Option<u32>)>,
        note: Note,
    ) {
        self.count += 1;
        if self.dry {
            return;
        }
        let text = |day: chrono::NaiveDate| Cow::from(day.to_string());
        let line = EventLine {
            event: kind,
            factor,
            from: valid.map(|it| text(it.from())),
            to: valid.and_then(|it| it.to()).map(text),
            version: version.map(|(id, _)| id.to_string().into()),
            content: version.and_then(|(_, content)| content),
            note: (note != Note::default()).then_some(note),
        };
        write(&mut self.events, &line);
    }

    /// What was added, for the place behind `previous`.
    pub(in crate::factors) fn finish(
        mut self,
        first_seq: u64,
        previous: Option<(Digest, DateTime<Utc>)>,
    ) -> Result<Unpacked, Error> {
        // The head and the list of frames need room too.
        let bytes = self.bytes() + 4096 + self.blocks.len() * 16;
        if bytes > MAX_BYTES {
            return Err(Error::TooLarge { bytes, limit: MAX_BYTES });
        }
        self.tables.append(&mut self.events);
        let (blocks, lines) = self.blocks.into_iter().unzip();
        Ok(Unpacked {
            tables_and_events: self.tables,
            count: self.count,
            first_seq,
            previous: previous.map(|it| it.0),
            not_before: previous.map(|it| it.1 + TimeDelta::microseconds(1)),
            lines,
            blocks,
        })
    }
}

impl Unpacked {
    /// The number of its first event: the number of the object.
    pub fn first_seq(&self) -> u64 {
        self.first_seq
    }

    /// How many events it has.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The moment that will stand in it.
    pub fn recorded_at(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let now = now.trunc_subsecs(6);
        self.not_before.map_or(now, |not_before| now.max(not_before))
    }

    /// The body, with `frames` made of the blocks in their order.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`].
    pub fn body(&self, stamp: &Stamp, frames: &[Vec<u8>]) -> Result<Vec<u8>, Error> {
        let header = Header {
            act: stamp.act.to_owned(),
            actor: stamp.actor.clone(),
            batch: crate::hex::encode(&stamp.nonce),
            blocks: frames.iter().map(|it| it.len() as u32).zip(self.lines.clone()).collect(),
            count: self.count,
            first_seq: self.first_seq,
            previous: self.previous,
            reason: stamp.reason.clone(),
            recorded_at: self.recorded_at(stamp.now),
            v: VERSION,
        };
        let mut lines = Vec::with_capacity(self.tables_and_events.len() + 4096);
        write(&mut lines, &header);
        lines.extend_from_slice(&self.tables_and_events);
        let bytes = lines.len() + self.blocks.iter().map(Vec::len).sum::<usize>();
        if bytes > MAX_BYTES {
            return Err(Error::TooLarge { bytes, limit: MAX_BYTES });
        }
        let mut body = pack(&lines);
        frames.iter().for_each(|frame| body.extend_from_slice(frame));
        Ok(body)
    }
}

/// Where something lies, to tell it from others while it is kept.
fn address<T>(kept: &Arc<T>) -> usize {
    Arc::as_ptr(kept).addr()
}

fn write(lines: &mut Vec<u8>, line: &impl serde::Serialize) {
    serde_json::to_writer(&mut *lines, line).expect("lines are plain data, and memory takes them");
    lines.push(b'\n');
}
