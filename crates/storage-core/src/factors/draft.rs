//! What is about to be added.

use std::collections::HashMap;
use std::sync::Arc;

use super::batch::{Note, Pieces, Unpacked};
use super::interval::{OPEN, number_of};
use super::timeline::{ALWAYS, Mark, NO_VERSION, Stretch, Timeline, View};
use super::{
    Catalogue, Change, Error, Factor, FactorId, Interval, Kind, Outcome, Terms, Version, VersionId,
};

/// Changes that are about to be added to a catalogue, checked against it and against each other.
///
/// A draft holds for the place at which it was made. If somebody else is faster, make it again.
#[derive(Debug)]
pub struct Draft<'c> {
    pub(super) base: &'c Catalogue,
    pieces: Pieces,
    /// Places in the table of the batch.
    table: HashMap<u32, u32>,
    /// What was said about the factors that changed.
    timelines: HashMap<u32, Timeline>,
    factors: Vec<Arc<Factor>>,
    ids: HashMap<FactorId, u32>,
    versions: Vec<(VersionId, Arc<Version>)>,
    aliases: HashMap<FactorId, (u32, u64)>,
    tags: HashMap<String, (u64, u64)>,
}

impl<'c> Draft<'c> {
    /// Nothing yet, behind all that `base` has.
    pub fn new(base: &'c Catalogue) -> Self {
        Self {
            base,
            pieces: Pieces::default(),
            table: HashMap::new(),
            timelines: HashMap::new(),
            factors: Vec::new(),
            ids: HashMap::new(),
            versions: Vec::new(),
            aliases: HashMap::new(),
            tags: HashMap::new(),
        }
    }

    /// The same, to see what would become of changes: it can be asked, and never stored.
    pub fn dry(base: &'c Catalogue) -> Self {
        Self { pieces: Pieces::dry(), ..Self::new(base) }
    }

    /// How many bytes it has, unpacked. Begin another batch long before
    /// [`MAX_BYTES`](super::batch::MAX_BYTES).
    pub fn bytes(&self) -> usize {
        self.pieces.bytes()
    }

    /// How many events it has. Nothing needs to be written if there are none.
    pub fn count(&self) -> u64 {
        self.pieces.count()
    }

    /// What is to be stored.
    ///
    /// # Errors
    ///
    /// [`Error::TooLarge`].
    pub fn finish(self) -> Result<Unpacked, Error> {
        self.pieces.finish(self.base.next_seq(), self.base.head())
    }

    /// Adds a change. One that is refused leaves nothing behind.
    ///
    /// # Errors
    ///
    /// Why it is refused: [`Error::VersionInvalid`], [`Error::IdentityDiffers`],
    /// [`Error::HeadMoved`], [`Error::NothingTo`], …
    pub fn change(&mut self, change: &Change, terms: &Terms) -> Result<Outcome, Error> {
        match change {
            Change::Put { factor, version } => self.put(Kind::Put, factor, version, terms),
            Change::Correct { factor, version } => self.put(Kind::Correct, factor, version, terms),
            Change::Withdraw { factor_id, valid } => {
                self.lift(Kind::Withdraw, factor_id, *valid, terms)
            }
            Change::Reinstate { factor_id, valid } => {
                self.lift(Kind::Reinstate, factor_id, *valid, terms)
            }
            Change::Alias { factor_id, alias } => self.alias(factor_id, alias, terms),
            Change::Tag { name, position } => self.tag(name, *position, terms),
        }
    }

    pub(super) fn put(
        &mut self,
        kind: Kind,
        factor: &Arc<Factor>,
        version: &Arc<Version>,
        terms: &Terms,
    ) -> Result<Outcome, Error> {
        let known = self.admits(factor, version)?;
        let (version_id, line) = self.pieces.line(version);
        self.put_written(kind, known, factor, version, (version_id, &line), terms)
    }

    /// Puts a version that [is admitted](Self::admits) and whose name and line are known.
    pub(super) fn put_written(
        &mut self,
        kind: Kind,
        known: Option<u32>,
        factor: &Arc<Factor>,
        version: &Arc<Version>,
        (version_id, line): (VersionId, &[u8]),
        terms: &Terms,
    ) -> Result<Outcome, Error> {
        self.expects(&factor.factor_id, known, terms)?;
        let there = known.and_then(|known| self.version_of(known, version_id));
        // What was never put cannot count.
        let in_force = known.filter(|_| there.is_some());
        if let Some(seq) = in_force.and_then(|it| self.in_force(it, version_id, version.valid)) {
            return Ok(Outcome { seq, version_id: Some(version_id), created: false });
        }
        let mut note = note(terms);
        if kind == Kind::Correct {
            let replaced = known.map(|it| self.replaced(it, version.valid)).unwrap_or_default();
            if replaced.is_empty() {
                let factor_id = factor.factor_id.clone();
                return Err(Error::NothingTo { factor_id, act: "correct" });
            }
            if note.supersedes.is_empty() {
                note.supersedes = replaced;
            }
        }
        let place = self.place(known, factor);
        let content = there.is_none().then(|| self.pieces.content(version, line));
        let number = there.unwrap_or_else(|| {
            self.versions.push((version_id, version.clone()));
            self.base.versions() + self.versions.len() as u32 - 1
        });
        let table = self.row(place);
        let valid = Some(version.valid);
        let seq = self.next();
        self.pieces.event(kind, Some(table), valid, Some((version_id, content)), note);
        let (from, to) = version.valid.days();
        self.mark(place, Mark { seq, from, to, reach: to, version: number, kind });
        Ok(Outcome { seq, version_id: Some(version_id), created: true })
    }

    /// Whether a version can be put; gives the factor if it is there.
    pub(super) fn admits(&self, factor: &Factor, version: &Version) -> Result<Option<u32>, Error> {
        version.check()?;
        if factor.factor_id != version.factor_id {
            let broken = format!("was put for `{}`", factor.factor_id);
            return Err(Error::VersionInvalid { factor_id: version.factor_id.clone(), broken });
        }
        let Some(known) = self.number(&factor.factor_id) else {
            factor.check()?;
            for name in std::iter::once(&factor.factor_id).chain(&factor.aliases) {
                self.is_free(name)?;
            }
            return Ok(None);
        };
        match self.factor(known).differs_from(factor) {
            Some(member) => {
                Err(Error::IdentityDiffers { factor_id: factor.factor_id.clone(), member })
            }
            None => Ok(Some(known)),
        }
    }

    fn lift(
        &mut self,
        kind: Kind,
        factor_id: &FactorId,
        valid: Option<Interval>,
        terms: &Terms,
    ) -> Result<Outcome, Error> {
        let number = self.number(factor_id).ok_or_else(|| no_factor(factor_id))?;
        self.expects(factor_id, Some(number), terms)?;
        let (from, to) = valid.map_or((ALWAYS, OPEN), |it| it.days());
        let touches = |it: &Stretch| it.from < to && from < it.to;
        let stretches = self.timeline(number).stretches(u64::MAX);
        let mut there = stretches.iter().filter(|it| touches(it));
        let (wanted, act): (fn(&View) -> bool, _) = match kind {
            Kind::Withdraw => (|view| matches!(view, View::Version(_)), "withdraw"),
            _ => (|view| matches!(view, View::Withdrawn { .. }), "reinstate"),
        };
        if !there.clone().any(|it| wanted(&it.view)) {
            // Asked for a second time, it is done already.
            let done = there.find_map(|it| match (kind, it.view) {
                (Kind::Withdraw, View::Withdrawn { by, .. }) => Some(by.seq),
                _ => None,
            });
            return match done {
                Some(seq) => Ok(Outcome { seq, version_id: None, created: false }),
                None => Err(Error::NothingTo { factor_id: factor_id.clone(), act }),
            };
        }
        let table = self.row(number);
        let seq = self.next();
        self.pieces.event(kind, Some(table), valid, None, note(terms));
        self.mark(number, Mark { seq, from, to, reach: to, version: NO_VERSION, kind });
        Ok(Outcome { seq, version_id: None, created: true })
    }

    fn alias(&mut self, of: &FactorId, alias: &FactorId, terms: &Terms) -> Result<Outcome, Error> {
        let number = self.number(of).ok_or_else(|| no_factor(of))?;
        self.expects(of, Some(number), terms)?;
        if let Some((there, seq)) = self.alias_of(alias)
            && there == number
        {
            return Ok(Outcome { seq, version_id: None, created: false });
        }
        self.is_free(alias)?;
        let table = self.row(number);
        let seq = self.next();
        let note = Note { name: Some(alias.as_str().to_owned()), ..note(terms) };
        self.pieces.event(Kind::Alias, Some(table), None, None, note);
        self.aliases.insert(alias.clone(), (number, seq));
        Ok(Outcome { seq, version_id: None, created: true })
    }

    fn tag(&mut self, name: &str, position: Option<u64>, terms: &Terms) -> Result<Outcome, Error> {
        let broken = |broken: String| Err(Error::TagInvalid { name: name.to_owned(), broken });
        if name.is_empty() || name.len() > 128 || name.contains(char::is_control) {
            return broken("is not 1 to 128 bytes without control characters".to_owned());
        }
        let there = self.tags.get(name).copied();
        let there = there.or_else(|| self.base.tag(name).map(|it| (it.position, it.seq)));
        // Names of positions are no part of what is named.
        let mut last = self.next().checked_sub(1);
        while last.is_some_and(|seq| self.is_tag(seq)) {
            last = last.and_then(|seq| seq.checked_sub(1));
        }
        match (there, position) {
            (Some((at, seq)), Some(asked)) if asked == at => {
                return Ok(Outcome { seq, version_id: None, created: false });
            }
            (Some((at, seq)), None) if Some(at) == last => {
                return Ok(Outcome { seq, version_id: None, created: false });
            }
            (Some((position, _)), _) => {
                return Err(Error::TagTaken { name: name.to_owned(), position });
            }
            (None, Some(asked)) if asked >= self.next() => {
                return broken(format!("cannot stand at {asked}: the log does not reach so far"));
            }
            _ => {}
        }
        let Some(position) = position.or(last) else {
            return broken("has nothing to name: the log is empty".to_owned());
        };
        let seq = self.next();
        let note = Note { name: Some(name.to_owned()), position: Some(position), ..note(terms) };
        self.pieces.event(Kind::Tag, None, None, None, note);
        self.tags.insert(name.to_owned(), (position, seq));
        Ok(Outcome { seq, version_id: None, created: true })
    }

    fn is_tag(&self, seq: u64) -> bool {
        self.tags.values().any(|it| it.1 == seq) || self.base.tags().any(|it| it.seq == seq)
    }

    fn next(&self) -> u64 {
        self.base.next_seq() + self.pieces.count()
    }

    /// The number of a factor by its own name.
    pub(super) fn number(&self, id: &FactorId) -> Option<u32> {
        self.ids.get(id).copied().or_else(|| self.base.number(id.as_str()))
    }

    fn factor(&self, number: u32) -> &Arc<Factor> {
        match number.checked_sub(self.base.factors()) {
            Some(fresh) => &self.factors[fresh as usize],
            None => self.base.factor_at(number),
        }
    }

    fn alias_of(&self, name: &FactorId) -> Option<(u32, u64)> {
        self.aliases.get(name).copied().or_else(|| self.base.alias(name.as_str()))
    }

    fn is_free(&self, name: &FactorId) -> Result<(), Error> {
        let taken = self.number(name).or_else(|| self.alias_of(name).map(|it| it.0));
        match taken {
            Some(number) => Err(Error::AliasTaken {
                alias: name.clone(),
                factor_id: self.factor(number).factor_id.clone(),
            }),
            None => Ok(()),
        }
    }

    fn expects(&self, id: &FactorId, known: Option<u32>, terms: &Terms) -> Result<(), Error> {
        let found = known.and_then(|known| self.timeline(known).newest());
        match terms.expected_head {
            Some(expected) if expected != found => {
                Err(Error::HeadMoved { factor_id: id.clone(), expected, found })
            }
            _ => Ok(()),
        }
    }

    pub(super) fn timeline(&self, number: u32) -> &Timeline {
        match self.timelines.get(&number) {
            Some(timeline) => timeline,
            None => self.base.timeline_at(number),
        }
    }

    /// The event that put a version which counts already on all days that it would reach.
    fn in_force(&self, number: u32, id: VersionId, valid: Interval) -> Option<u64> {
        let timeline = self.timeline(number);
        let (from, to) = valid.days();
        let to = timeline.reach(from, to);
        let mut at = from;
        for stretch in timeline.stretches(u64::MAX).into_iter().filter(|it| it.to > from) {
            match stretch.view {
                View::Version(mark) if stretch.from <= at && self.version_id(&mark) == id => {
                    at = stretch.to;
                    if at >= to {
                        return Some(mark.seq);
                    }
                }
                _ => break,
            }
        }
        None
    }

    /// The versions that count on some of these days.
    fn replaced(&self, number: u32, valid: Interval) -> Vec<VersionId> {
        let timeline = self.timeline(number);
        let (from, to) = valid.days();
        let to = timeline.reach(from, to);
        let stretches = timeline.stretches(u64::MAX);
        let there = stretches.iter().filter(|it| it.from < to && from < it.to);
        let mut ids: Vec<_> = there
            .filter_map(|it| match it.view {
                View::Version(mark) => Some(self.version_id(&mark)),
                _ => None,
            })
            .collect();
        ids.sort_unstable();
        ids.dedup();
        ids
    }

    /// Whether and where a version was put before.
    pub(super) fn version_of(&self, number: u32, id: VersionId) -> Option<u32> {
        let marks = self.timeline(number).known(u64::MAX);
        let mark = marks.iter().filter(|it| it.version != NO_VERSION);
        mark.clone().find(|it| self.version_id(it) == id).map(|it| it.version)
    }

    pub(super) fn version_id(&self, mark: &Mark) -> VersionId {
        match mark.version.checked_sub(self.base.versions()) {
            Some(fresh) => self.versions[fresh as usize].0,
            None => self.base.version_id_at(mark.version),
        }
    }

    /// What a version says.
    pub(super) fn version(&self, mark: &Mark) -> Result<Arc<Version>, Error> {
        match mark.version.checked_sub(self.base.versions()) {
            Some(fresh) => Ok(self.versions[fresh as usize].1.clone()),
            None => self.base.glance(mark.version),
        }
    }

    pub(super) fn at(&self, number: u32, day: chrono::NaiveDate) -> View {
        self.timeline(number).at(number_of(day), u64::MAX)
    }

    fn place(&mut self, known: Option<u32>, factor: &Arc<Factor>) -> u32 {
        known.unwrap_or_else(|| {
            let number = self.base.factors() + self.factors.len() as u32;
            self.factors.push(factor.clone());
            self.ids.insert(factor.factor_id.clone(), number);
            let seq = self.next();
            for alias in &factor.aliases {
                self.aliases.insert(alias.clone(), (number, seq));
            }
            self.table.insert(number, self.pieces.factor(Ok(factor.clone())));
            self.timelines.insert(number, Timeline::default());
            number
        })
    }

    fn row(&mut self, number: u32) -> u32 {
        let id = self.factor(number).factor_id.clone();
        *self.table.entry(number).or_insert_with(|| self.pieces.factor(Err(id)))
    }

    fn mark(&mut self, number: u32, mark: Mark) {
        let base = self.base;
        let timeline = self.timelines.entry(number);
        timeline.or_insert_with(|| base.timeline_at(number).clone()).push(mark);
    }
}

fn note(terms: &Terms) -> Note {
    Note {
        supersedes: terms.supersedes.clone(),
        name: None,
        position: None,
        reason: terms.reason.clone(),
        actor: terms.actor.clone(),
        claimed_at: terms.claimed_at,
    }
}

pub(super) fn no_factor(id: &FactorId) -> Error {
    Error::NoFactor { factor_id: id.as_str().to_owned() }
}
