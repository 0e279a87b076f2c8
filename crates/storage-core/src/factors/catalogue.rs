//! All factors in memory, and the questions.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use super::batch::Note;
use super::interval::number_of;
use super::timeline::{Mark, Timeline, View};
use super::{Error, Event, Factor, FactorId, Interval, Kind, Reason, Version, VersionId};
use crate::Digest;

mod answer;
mod append;
mod shelf;

pub use answer::{Answer, BatchHead, Found, History, KnownAt, Segment, Tag};
use shelf::Shelf;

/// All factors in memory, as the batches tell it.
///
/// Batches are [appended](Catalogue::append) in their order; questions are answered from memory. A
/// version is unpacked and held against its name when it is first asked for, so that a catalogue of
/// millions of versions is at hand at once, and nothing is handed out that was not checked.
#[derive(Debug, Default)]
pub struct Catalogue {
    batches: Vec<Batch>,
    next_seq: u64,
    entries: Vec<Entry>,
    ids: HashMap<FactorId, u32>,
    /// Factors by activity, and those by region; the empty text is no region.
    places: HashMap<Box<str>, HashMap<Box<str>, Vec<u32>>>,
    /// Other names: the factor, and since which event.
    aliases: HashMap<FactorId, (u32, u64)>,
    tags: BTreeMap<String, Tag>,
    shelf: Shelf,
    /// What few events say, by their numbers.
    notes: HashMap<u64, Box<Note>>,
}

/// What all events of a batch share.
#[derive(Clone, Debug)]
struct Batch {
    first_seq: u64,
    recorded_at: DateTime<Utc>,
    digest: Digest,
    act: Box<str>,
    actor: Arc<str>,
    reason: Option<Reason>,
}

#[derive(Debug)]
struct Entry {
    factor: Arc<Factor>,
    timeline: Timeline,
}

impl Catalogue {
    /// The number that the next event gets.
    pub fn next_seq(&self) -> u64 {
        self.next_seq
    }

    /// The digest of the newest batch, and when it was recorded.
    pub fn head(&self) -> Option<(Digest, DateTime<Utc>)> {
        self.batches.last().map(|it| (it.digest, it.recorded_at))
    }

    /// What is known about the batches from that of the event `seq` on, in order.
    pub fn batches_from(&self, seq: u64) -> impl Iterator<Item = BatchHead<'_>> {
        let first = self.batches.partition_point(|it| it.first_seq <= seq).saturating_sub(1);
        let ends = self.batches.iter().skip(first + 1).map(|it| it.first_seq);
        let ends = ends.chain(std::iter::once(self.next_seq));
        self.batches[first..].iter().zip(ends).map(|(batch, end)| BatchHead {
            first_seq: batch.first_seq,
            count: end - batch.first_seq,
            digest: batch.digest,
            recorded_at: batch.recorded_at,
            act: &batch.act,
            actor: &batch.actor,
        })
    }

    /// How many factors there are.
    pub fn factors(&self) -> u32 {
        self.entries.len() as u32
    }

    /// How many versions there are.
    pub fn versions(&self) -> u32 {
        self.shelf.len()
    }

    /// Whether nothing was ever recorded.
    pub fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// All factors, in the order in which they came.
    pub fn all_factors(&self) -> impl Iterator<Item = &Arc<Factor>> {
        self.entries.iter().map(|it| &it.factor)
    }

    /// A factor by its name, or by another one that leads to it now.
    pub fn factor(&self, name: &str) -> Option<&Arc<Factor>> {
        Some(&self.entries[self.find(name, u64::MAX)? as usize].factor)
    }

    /// All tags, by name.
    pub fn tags(&self) -> impl Iterator<Item = &Tag> {
        self.tags.values()
    }

    /// The tag of this name.
    pub fn tag(&self, name: &str) -> Option<&Tag> {
        self.tags.get(name)
    }

    /// The version of exactly this name.
    ///
    /// # Errors
    ///
    /// [`Error::NoVersion`], [`Error::VersionAltered`].
    pub fn get(&self, id: VersionId) -> Result<Arc<Version>, Error> {
        let number = self.shelf.find(id).ok_or(Error::NoVersion { version_id: id })?;
        self.read(number)
    }

    /// What counts for a factor on a day, as it was known then.
    ///
    /// # Errors
    ///
    /// [`Error::NoTag`], [`Error::VersionAltered`]. That nothing is known is an answer.
    pub fn get_at(
        &self,
        name: &str,
        valid_at: NaiveDate,
        known_at: &KnownAt,
    ) -> Result<Answer, Error> {
        let bound = self.bound(known_at)?;
        match self.find(name, bound) {
            Some(number) => self.answer(number, number_of(valid_at), bound),
            None => Ok(Answer::NotKnown),
        }
    }

    pub(super) fn answer(&self, number: u32, day: i32, bound: u64) -> Result<Answer, Error> {
        let timeline = self.timeline_at(number);
        Ok(match timeline.at(day, bound) {
            View::Version(mark) => Answer::Version(self.found(&mark)?),
            View::NotKnown => Answer::NotKnown,
            View::NotValid => {
                let nearest = timeline.nearest(day, bound);
                Answer::NotValid { nearest: nearest.map(|it| self.found(&it)).transpose()? }
            }
            View::Withdrawn { by, beneath } => Answer::Withdrawn {
                since: self.recorded_at(by.seq),
                seq: by.seq,
                reason: self.reason(by.seq),
                version: beneath.map(|it| self.found(&it)).transpose()?,
            },
        })
    }

    pub(super) fn found(&self, mark: &Mark) -> Result<Found, Error> {
        Ok(Found {
            version_id: self.version_id_at(mark.version),
            version: self.read(mark.version)?,
            seq: mark.seq,
            recorded_at: self.recorded_at(mark.seq),
            reaches: Interval::between(mark.from, mark.reach),
        })
    }

    /// Everything that was done to a factor, in order.
    ///
    /// # Errors
    ///
    /// [`Error::NoFactor`].
    pub fn history(&self, name: &str) -> Result<History, Error> {
        let no_factor = || Error::NoFactor { factor_id: name.to_owned() };
        let number = self.find(name, u64::MAX).ok_or_else(no_factor)?;
        let factor = self.factor_at(number).clone();
        let marks = self.timeline_at(number).known(u64::MAX);
        let mut events: Vec<Event> = marks.iter().map(|it| self.event(&factor, it)).collect();
        for (alias, (of, seq)) in &self.aliases {
            if *of == number && !factor.aliases.contains(alias) {
                events.push(self.alias_event(&factor, alias, *seq));
            }
        }
        events.sort_by_key(|it| it.seq);
        Ok(History { factor, events })
    }

    /// What counts for a factor on all days, as it was known then; days without anything are left out.
    ///
    /// # Errors
    ///
    /// [`Error::NoFactor`], [`Error::NoTag`], [`Error::VersionAltered`].
    pub fn segments(&self, name: &str, known_at: &KnownAt) -> Result<Vec<Segment>, Error> {
        let bound = self.bound(known_at)?;
        let no_factor = || Error::NoFactor { factor_id: name.to_owned() };
        let number = self.find(name, bound).ok_or_else(no_factor)?;
        let stretches = self.timeline_at(number).stretches(bound);
        let segments = stretches.into_iter().map(|it| {
            let answer = self.answer(number, it.from, bound)?;
            Ok(Segment { valid: Interval::between(it.from, it.to), answer })
        });
        segments.collect()
    }

    /// The number of the first event that is not known then.
    ///
    /// # Errors
    ///
    /// [`Error::NoTag`].
    pub fn bound(&self, known_at: &KnownAt) -> Result<u64, Error> {
        Ok(match known_at {
            KnownAt::Now => self.next_seq,
            KnownAt::Seq(seq) => seq.saturating_add(1).min(self.next_seq),
            KnownAt::Moment(moment) => {
                let known = self.batches.partition_point(|it| it.recorded_at <= *moment);
                self.batches.get(known).map_or(self.next_seq, |it| it.first_seq)
            }
            KnownAt::Tag(name) => match self.tags.get(name) {
                Some(tag) => tag.position + 1,
                None => return Err(Error::NoTag { name: name.clone() }),
            },
        })
    }

    /// When an event was recorded.
    pub fn recorded_at(&self, seq: u64) -> DateTime<Utc> {
        self.batch_of(seq).map_or(DateTime::UNIX_EPOCH, |it| it.recorded_at)
    }

    fn batch_of(&self, seq: u64) -> Option<&Batch> {
        let next = self.batches.partition_point(|it| it.first_seq <= seq);
        self.batches.get(next.checked_sub(1)?)
    }

    fn reason(&self, seq: u64) -> Option<Reason> {
        let own = self.notes.get(&seq).and_then(|it| it.reason.clone());
        own.or_else(|| self.batch_of(seq)?.reason.clone())
    }

    /// A factor by any name that was known then.
    pub(super) fn find(&self, name: &str, bound: u64) -> Option<u32> {
        self.ids.get(name).copied().or_else(|| {
            let (number, since) = self.aliases.get(name)?;
            (*since < bound).then_some(*number)
        })
    }

    pub(super) fn number(&self, id: &str) -> Option<u32> {
        self.ids.get(id).copied()
    }

    pub(super) fn alias(&self, name: &str) -> Option<(u32, u64)> {
        self.aliases.get(name).copied()
    }

    pub(super) fn factor_at(&self, number: u32) -> &Arc<Factor> {
        &self.entries[number as usize].factor
    }

    pub(super) fn timeline_at(&self, number: u32) -> &Timeline {
        &self.entries[number as usize].timeline
    }

    /// The factors of an activity in a region.
    pub(super) fn at_place(&self, activity: &str, region: &str) -> &[u32] {
        let regions = self.places.get(activity).and_then(|regions| regions.get(region));
        regions.map_or(&[], Vec::as_slice)
    }

    pub(super) fn version_id_at(&self, number: u32) -> VersionId {
        self.shelf.id(number)
    }

    /// A version by its number, checked and kept.
    pub(super) fn read(&self, number: u32) -> Result<Arc<Version>, Error> {
        self.shelf.read(number, |factor| &self.factor_at(factor).factor_id)
    }

    /// A version by its number, checked and not kept: for whoever reads all of them.
    pub(super) fn glance(&self, number: u32) -> Result<Arc<Version>, Error> {
        self.shelf.glance(number, |factor| &self.factor_at(factor).factor_id)
    }

    /// Holds every version against its name, from `first` on and at most so many; gives the number of
    /// the next. Nothing is kept.
    ///
    /// # Errors
    ///
    /// [`Error::VersionAltered`] for the first that is not what it was.
    pub fn check_versions(&self, first: u32, most: u32) -> Result<u32, Error> {
        let end = first.saturating_add(most).min(self.versions());
        (first..end).try_for_each(|number| self.glance(number).map(drop))?;
        Ok(end)
    }

    fn event(&self, factor: &Factor, mark: &Mark) -> Event {
        let mut event = self.bare_event(mark.seq, mark.kind);
        event.factor_id = Some(factor.factor_id.clone());
        if matches!(mark.kind, Kind::Put | Kind::Correct) {
            event.version_id = Some(self.version_id_at(mark.version));
            event.reaches = Interval::between(mark.from, mark.reach);
        }
        event.valid = Interval::between(mark.from, mark.to);
        event
    }

    fn alias_event(&self, factor: &Factor, alias: &FactorId, seq: u64) -> Event {
        let mut event = self.bare_event(seq, Kind::Alias);
        event.factor_id = Some(factor.factor_id.clone());
        event.name = Some(alias.as_str().to_owned());
        event
    }

    fn bare_event(&self, seq: u64, kind: Kind) -> Event {
        let note = self.notes.get(&seq).map(|it| (**it).clone()).unwrap_or_default();
        let actor = note.actor.clone();
        let actor = actor.or_else(|| Some(self.batch_of(seq)?.actor.to_string()));
        Event {
            seq,
            recorded_at: self.recorded_at(seq),
            kind,
            factor_id: None,
            version_id: None,
            valid: None,
            reaches: None,
            supersedes: note.supersedes,
            name: note.name,
            position: note.position,
            reason: self.reason(seq),
            actor: actor.unwrap_or_default(),
            claimed_at: note.claimed_at,
        }
    }
}
