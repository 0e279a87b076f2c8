//! Taking in what was stored.

use crate::factors::batch::{Named, Opened, Raw};
use crate::factors::timeline::{Mark, NO_VERSION, Timeline};
use crate::factors::{Error, Kind};

use super::{Batch, Catalogue, Entry, Tag};

impl Catalogue {
    /// Adds the next batch.
    ///
    /// # Errors
    ///
    /// [`Error::BatchInvalid`] if it does not continue what is here. Then nothing was added, and nothing
    /// behind it can be trusted.
    pub fn append(&mut self, batch: Opened) -> Result<(), Error> {
        let first_seq = batch.header.first_seq;
        let broken = |broken: String| Error::BatchInvalid { first_seq, broken };
        self.continues(&batch).map_err(broken)?;
        let numbers = self.numbers(&batch).map_err(broken)?;
        let missing = self.versions_put_before(&batch, &numbers).map_err(broken)?;
        self.take_in(batch, &numbers, missing);
        Ok(())
    }

    /// Whether the batch is the next one.
    fn continues(&self, batch: &Opened) -> Result<(), String> {
        let header = &batch.header;
        if header.first_seq != self.next_seq {
            return Err(format!("the log goes on at {}", self.next_seq));
        }
        let (digest, recorded_at) = match self.head() {
            Some((digest, recorded_at)) => (Some(digest), Some(recorded_at)),
            None => (None, None),
        };
        if header.previous != digest {
            return Err("it was written after another batch than the one before it".to_owned());
        }
        if recorded_at.is_some_and(|before| header.recorded_at <= before) {
            return Err("it was recorded before the batch before it".to_owned());
        }
        let most = u64::from(u32::MAX - 1);
        let versions = u64::from(self.versions()) + u64::from(batch.contents.len());
        if versions > most || self.entries.len() as u64 + batch.factors.len() as u64 > most {
            return Err("there are too many factors or versions".to_owned());
        }
        Ok(())
    }

    /// The numbers of the factors of the table: those that are new come behind all others.
    fn numbers(&self, batch: &Opened) -> Result<Vec<u32>, String> {
        let mut new = std::collections::HashSet::new();
        let mut next = self.factors();
        let mut numbers = Vec::with_capacity(batch.factors.len());
        for named in &batch.factors {
            numbers.push(match named {
                Named::Known(id) => {
                    let number = self.number(id.as_str());
                    number.ok_or_else(|| format!("`{id}` is not known before it"))?
                }
                Named::New(factor) => {
                    for name in std::iter::once(&factor.factor_id).chain(&factor.aliases) {
                        let known = self.find(name.as_str(), u64::MAX).is_some();
                        if known || !new.insert(name) {
                            return Err(format!("`{name}` is known before it"));
                        }
                    }
                    next += 1;
                    next - 1
                }
            });
        }
        Ok(numbers)
    }

    /// The numbers of the versions that are put a second time, by the order of these events; `None`
    /// for one that the batch itself brings.
    fn versions_put_before(
        &self,
        batch: &Opened,
        numbers: &[u32],
    ) -> Result<Vec<Option<u32>>, String> {
        let mut found = Vec::new();
        let known = self.factors();
        for (at, raw) in batch.events.iter().enumerate() {
            let Some(id) = raw.version.filter(|_| raw.content == NO_VERSION) else { continue };
            let number = numbers[raw.factor as usize];
            let before = (number < known).then(|| {
                let marks = self.timeline_at(number).known(u64::MAX).iter();
                let put = marks.filter(|it| it.version != NO_VERSION);
                put.map(|it| it.version).find(|it| self.version_id_at(*it) == id)
            });
            let before = before.flatten();
            let here = || {
                let earlier = batch.events[..at].iter();
                let same = |it: &Raw| it.factor == raw.factor && it.version == Some(id);
                earlier.rev().any(same)
            };
            if before.is_none() && !here() {
                return Err(format!("`{id}` was not put before it"));
            }
            found.push(before);
        }
        Ok(found)
    }

    fn take_in(&mut self, batch: Opened, numbers: &[u32], before: Vec<Option<u32>>) {
        let header = batch.header;
        let first_seq = header.first_seq;
        for named in &batch.factors {
            let Named::New(factor) = named else { continue };
            let number = self.factors();
            let regions = self.places.entry(factor.activity.as_str().into()).or_default();
            let region = factor.region.as_deref().unwrap_or_default();
            regions.entry(region.into()).or_default().push(number);
            self.ids.insert(factor.factor_id.clone(), number);
            let entry = Entry { factor: factor.clone(), timeline: Timeline::default() };
            self.entries.push(entry);
        }
        self.shelf.shelve(batch.contents, batch.sources, batch.licences);
        let mut before = before.into_iter();
        let known = self.entries.len();
        for (seq, raw) in (first_seq..).zip(batch.events) {
            let Raw { kind, factor, from, to, version, content, note } = raw;
            let number = numbers.get(factor as usize).copied().unwrap_or(u32::MAX);
            let name = note.as_ref().and_then(|it| it.name.clone());
            match (kind, name) {
                (Kind::Tag, Some(name)) => {
                    let position = note.as_ref().and_then(|it| it.position).unwrap_or(seq);
                    let position = position.min(seq);
                    let tag = Tag { name: name.clone(), position, seq };
                    self.tags.entry(name).or_insert(tag);
                }
                (Kind::Alias, Some(name)) => {
                    if let Ok(alias) = name.parse() {
                        self.aliases.entry(alias).or_insert((number, seq));
                    }
                }
                _ => {
                    debug_assert!((number as usize) < known);
                    let version = match version {
                        None => NO_VERSION,
                        Some(id) if content != NO_VERSION => self.shelf.add(id, number, content),
                        Some(id) => before.next().flatten().unwrap_or_else(|| {
                            let marks = self.entries[number as usize].timeline.known(u64::MAX);
                            let put = marks.iter().filter(|it| it.version != NO_VERSION);
                            let mut put = put.map(|it| it.version);
                            put.find(|it| self.shelf.id(*it) == id).unwrap_or(NO_VERSION)
                        }),
                    };
                    let timeline = &mut self.entries[number as usize].timeline;
                    if timeline.newest().is_none() {
                        let factor = self.entries[number as usize].factor.clone();
                        for alias in &factor.aliases {
                            self.aliases.entry(alias.clone()).or_insert((number, seq));
                        }
                    }
                    let mark = Mark { seq, from, to, reach: to, version, kind };
                    self.entries[number as usize].timeline.push(mark);
                }
            }
            if let Some(note) = note {
                self.notes.insert(seq, note);
            }
        }
        self.next_seq = first_seq + header.count;
        self.batches.push(Batch {
            first_seq,
            recorded_at: header.recorded_at,
            digest: batch.digest,
            act: header.act.into(),
            actor: header.actor.into(),
            reason: header.reason,
        });
    }
}
