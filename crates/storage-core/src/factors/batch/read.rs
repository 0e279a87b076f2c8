//! Reading a batch.

use std::sync::Arc;

use super::body::{Contents, frame_length, unpack};
use super::lines::{EventLine, Note, TableLine};
use super::quick::Quick;
use super::{Body, Header, VERSION};
use crate::Digest;
use crate::factors::timeline::NO_VERSION;
use crate::factors::version::{licence_digest, source_digest};
use crate::factors::{Error, Factor, FactorId, Kind, Licence, Source, VersionId};

/// A batch whose first frame was read and found to be whole. What it says of the log before it is not
/// checked yet: that is [`Catalogue::append`](crate::factors::Catalogue::append).
///
/// Reading needs nothing but the bytes, so several can be read at once.
#[derive(Debug)]
pub struct Opened {
    /// The first line.
    pub header: Header,
    /// The digest of the whole body.
    pub digest: Digest,
    pub(in crate::factors) factors: Vec<Named>,
    pub(in crate::factors) sources: Vec<(Digest, Arc<Source>)>,
    pub(in crate::factors) licences: Vec<(Digest, Arc<Licence>)>,
    pub(in crate::factors) events: Vec<Raw>,
    pub(in crate::factors) contents: Contents,
}

/// A factor of the table.
#[derive(Debug)]
pub(in crate::factors) enum Named {
    New(Arc<Factor>),
    Known(FactorId),
}

/// One event as it was read.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::factors) struct Raw {
    pub(in crate::factors) kind: Kind,
    /// Which factor of the table; none for a tag.
    pub(in crate::factors) factor: u32,
    pub(in crate::factors) from: i32,
    pub(in crate::factors) to: i32,
    pub(in crate::factors) version: Option<VersionId>,
    /// Which version of the batch; [`NO_VERSION`] where it was put before.
    pub(in crate::factors) content: u32,
    pub(in crate::factors) note: Option<Box<Note>>,
}

/// No event is written in fewer bytes.
const SHORTEST_EVENT: usize = br#"{"event":"put"}"#.len();

/// The factor of a tag.
const NO_FACTOR: u32 = u32::MAX;

impl Opened {
    /// Reads the body that was found under the number `first_seq`.
    ///
    /// # Errors
    ///
    /// [`Error::BatchInvalid`] for what nobody wrote like this.
    pub fn read(first_seq: u64, body: Body) -> Result<Self, Error> {
        read(first_seq, body).map_err(|broken| Error::BatchInvalid { first_seq, broken })
    }

    /// The nonce of whoever wrote `body`; nothing if it cannot be read.
    pub fn nonce(body: &[u8]) -> Option<String> {
        let lines = unpack(body.get(..frame_length(body).ok()?)?).ok()?;
        let header = lines.split(|byte| *byte == b'\n').next()?;
        serde_json::from_slice::<Header>(header).ok().map(|it| it.batch)
    }
}

fn read(first_seq: u64, body: Body) -> Result<Opened, String> {
    let digest = Digest::of(body.bytes());
    let end = frame_length(body.bytes())?;
    let lines = unpack(&body.bytes()[..end])?;
    let Some(lines) = lines.strip_suffix(b"\n") else {
        return Err("its first frame does not end with a line".to_owned());
    };
    let length = lines.len();
    let mut lines = lines.split(|byte| *byte == b'\n').enumerate();
    let header = lines.next().map(|(_, line)| line).unwrap_or_default();
    let header: Header =
        serde_json::from_slice(header).map_err(|error| format!("its header: {error}"))?;
    if header.v != VERSION {
        return Err(format!("its format is {}, this program reads {VERSION}", header.v));
    }
    if header.first_seq != first_seq {
        return Err(format!("it says that it begins at {}", header.first_seq));
    }
    if header.count == 0 || first_seq.checked_add(header.count).is_none() {
        return Err("it has no event, or too many".to_owned());
    }
    let contents = Contents::new(body, end, &header.blocks)?;
    let mut opened = Opened {
        header,
        digest,
        factors: Vec::new(),
        sources: Vec::new(),
        licences: Vec::new(),
        events: Vec::new(),
        contents,
    };
    let mut content = 0;
    // What a head says of itself is not believed beyond the lines that there are.
    let room = length / SHORTEST_EVENT;
    opened.events.reserve_exact(usize::try_from(opened.header.count).unwrap_or(room).min(room));
    let mut quick = Quick::default();
    for (nth, line) in lines {
        let at = |error: String| format!("line {}: {error}", nth + 1);
        // An event is by far the most frequent, and the tables come first.
        if line.starts_with(br#"{"event""#) {
            let factors = opened.factors.len();
            let raw = match quick.event(line, &mut content, factors) {
                Some(raw) => raw,
                None => event(line, &mut content, factors).map_err(at)?,
            };
            opened.events.push(raw);
        } else {
            let line = serde_json::from_slice(line).map_err(|error| at(error.to_string()))?;
            opened.name(line).map_err(at)?;
        }
    }
    if opened.events.len() as u64 != opened.header.count {
        let (found, said) = (opened.events.len(), opened.header.count);
        return Err(format!("it has {found} events, and says {said}"));
    }
    if content != opened.contents.len() {
        let found = opened.contents.len();
        return Err(format!("it has {found} versions, and its events put {content}"));
    }
    Ok(opened)
}

impl Opened {
    fn name(&mut self, line: TableLine) -> Result<(), String> {
        if !self.events.is_empty() {
            return Err("a table stands behind an event".to_owned());
        }
        match line {
            TableLine::Factor(factor) => {
                factor.check().map_err(|error| error.to_string())?;
                self.factors.push(Named::New(factor));
            }
            TableLine::Known(id) => self.factors.push(Named::Known(id)),
            TableLine::Source(source) => self.sources.push((source_digest(&source), source)),
            TableLine::Licence(it) => self.licences.push((licence_digest(&it), it)),
        }
        Ok(())
    }
}

/// Reads one event. Versions are counted in the order in which events put them.
pub(super) fn event(line: &[u8], content: &mut u32, factors: usize) -> Result<Raw, String> {
    let line: EventLine<'_> = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let (from, to) = line.days()?;
    let about_a_factor = line.kind() != Kind::Tag;
    match line.factor {
        Some(factor) if about_a_factor && (factor as usize) < factors => {}
        None if !about_a_factor => {}
        _ => return Err("it names no factor of the table".to_owned()),
    }
    let puts = matches!(line.event, Kind::Put | Kind::Correct);
    if puts != line.version.is_some() || (puts && line.from.is_none()) {
        return Err("a version is put with its first day, and nothing else is".to_owned());
    }
    if let Some(number) = line.content {
        if !puts || number != *content {
            return Err("its versions are not in the order of the events".to_owned());
        }
        *content += 1;
    }
    let named = line.note.as_ref().is_some_and(|it| it.name.is_some());
    if named != matches!(line.event, Kind::Tag | Kind::Alias) {
        return Err("a tag and an alias have a name, and nothing else has".to_owned());
    }
    let version = line.version.as_deref().map(str::parse::<VersionId>).transpose();
    Ok(Raw {
        kind: line.event,
        factor: line.factor.unwrap_or(NO_FACTOR),
        from,
        to,
        version: version.map_err(|error| error.to_string())?,
        content: line.content.unwrap_or(NO_VERSION),
        note: line.note.map(Box::new),
    })
}

impl EventLine<'_> {
    fn kind(&self) -> Kind {
        self.event
    }
}
