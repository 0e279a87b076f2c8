//! A release of a publisher, held against what is there.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use serde::Serialize;

use super::timeline::View;
use super::{
    Change, Draft, Error, Factor, FactorId, Interval, Kind, Reason, ReasonKind, Spelled, Terms,
    Version, VersionId,
};

/// A version that a file brings.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The row of the file, as a person counts them.
    pub row: Option<u64>,
    /// What it is about.
    pub factor: Arc<Factor>,
    /// What it says.
    pub version: Arc<Version>,
}

/// How a release is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// Why; a new edition if nothing is said. With an error as the reason, what changed is recorded as
    /// corrected.
    pub reason: Option<Reason>,
    /// Withdraws what the release no longer has and what would count without it.
    pub withdraw_removed: bool,
    /// Puts versions again that were there and have been replaced since. Without it, reading an old file
    /// once more undoes nothing.
    pub revert: bool,
}

/// What a release brings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Factors that are new, or were withdrawn.
    pub added: Vec<Line>,
    /// Other figures, or the same ones meant in another sense.
    pub changed: Vec<Line>,
    /// The same figures, perhaps for other days.
    pub unchanged: Vec<Line>,
    /// What was there earlier and has been replaced since; not put again.
    pub superseded: Vec<Line>,
    /// What the dataset had and this release does not.
    pub removed: Vec<Line>,
    /// What cannot be taken, and why.
    pub rejected: Vec<Rejected>,
    /// How many events were written, or would be.
    pub events: u64,
}

/// One factor of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Which.
    pub factor_id: FactorId,
    /// For which days.
    pub valid: Interval,
    /// What counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<VersionId>,
    /// What counts now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<VersionId>,
}

/// A candidate that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// The row of the file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub row: Option<u64>,
    /// Which factor.
    pub factor_id: FactorId,
    /// The code of the error.
    pub code: &'static str,
    /// Why.
    pub reason: String,
}

impl Report {
    /// Adds what another part of the same release brought.
    pub fn add(&mut self, mut other: Self) {
        self.added.append(&mut other.added);
        self.changed.append(&mut other.changed);
        self.unchanged.append(&mut other.unchanged);
        self.superseded.append(&mut other.superseded);
        self.removed.append(&mut other.removed);
        self.rejected.append(&mut other.rejected);
        self.events += other.events;
    }
}

/// A release while it is compared, part by part: what has to be remembered between the parts.
#[derive(Debug, Default)]
pub struct Comparison {
    release: Release,
    /// What the release said about each factor from each day on.
    seen: HashMap<(FactorId, NaiveDate), VersionId>,
    factors: HashSet<FactorId>,
    datasets: BTreeSet<(String, String)>,
    latest: Option<NaiveDate>,
}

impl Comparison {
    /// Nothing compared yet.
    pub fn new(release: Release) -> Self {
        Self { release, ..Self::default() }
    }

    /// Why all of it is recorded: for the [`Stamp`](super::batch::Stamp) of its batches, where it stands
    /// once instead of in every event.
    pub fn reason(&self) -> Reason {
        self.release.reason.clone().unwrap_or_else(|| ReasonKind::NewEdition.into())
    }

    /// Holds some candidates against `draft`, and adds to it what has to be written. Gives how many were
    /// taken: fewer than all if the draft is full.
    ///
    /// Doing it again with another draft, because somebody was faster, is no harm.
    pub fn compare(
        &mut self,
        draft: &mut Draft<'_>,
        candidates: &[Spelled],
        full_bytes: usize,
    ) -> Result<(usize, Report), Error> {
        let mut report = Report::default();
        let before = draft.count();
        let mut taken = 0;
        for candidate in candidates {
            if draft.bytes() >= full_bytes {
                break;
            }
            taken += 1;
            match self.candidate(draft, candidate, &mut report) {
                Ok(()) => {}
                Err(error) if error.is_tampering() => return Err(error),
                Err(error) => report.rejected.push(Rejected {
                    row: candidate.candidate.row,
                    factor_id: candidate.candidate.factor.factor_id.clone(),
                    code: error.code(),
                    reason: error.to_string(),
                }),
            }
        }
        report.events = draft.count() - before;
        Ok((taken, report))
    }

    fn candidate(
        &mut self,
        draft: &mut Draft<'_>,
        spelled: &Spelled,
        report: &mut Report,
    ) -> Result<(), Error> {
        let Candidate { factor, version, .. } = &spelled.candidate;
        let (factor_id, valid) = (factor.factor_id.clone(), version.valid);
        // A rejected row says that the factor is still there.
        self.factors.insert(factor_id.clone());
        let known = draft.admits(factor, version)?;
        let source = &version.source;
        if !self.datasets.iter().any(|it| it.0 == source.publisher && it.1 == source.dataset) {
            self.datasets.insert((source.publisher.clone(), source.dataset.clone()));
        }
        self.latest = self.latest.max(Some(valid.from()));

        let id = spelled.id;
        let key = (factor_id.clone(), valid.from());
        if *self.seen.entry(key).or_insert(id) != id {
            let broken =
                format!("is in the release twice from {} on, with other words", valid.from());
            return Err(Error::VersionInvalid { factor_id, broken });
        }
        let mut line = Line { factor_id: factor_id.clone(), valid, before: None, after: Some(id) };
        let mut kind = Kind::Put;
        let list = match known {
            None => &mut report.added,
            Some(number) => {
                let view = draft.at(number, valid.from());
                let there = match view {
                    View::Version(mark) => Some(mark),
                    View::NotValid => draft.timeline(number).nearest(day(valid), u64::MAX),
                    View::NotKnown | View::Withdrawn { .. } => None,
                };
                let counts = matches!(view, View::Version(_));
                match there {
                    None => &mut report.added,
                    Some(mark) => {
                        let before = match spelled.before(&mark) {
                            Some(before) => before,
                            None => draft.version(&mark)?,
                        };
                        line.before = Some(draft.version_id(&mark));
                        if counts && before.says_the_same(version) {
                            line.after = line.before;
                            report.unchanged.push(line);
                            return Ok(());
                        }
                        let replaced = counts && before.valid.from() == valid.from();
                        let keep = replaced && !self.release.revert;
                        if keep && draft.version_of(number, id).is_some() {
                            report.superseded.push(line);
                            return Ok(());
                        }
                        let reason = self.release.reason.as_ref().map(|it| it.kind);
                        if counts && reason == Some(ReasonKind::Error) {
                            kind = Kind::Correct;
                        }
                        match before.same_figures(version) {
                            true => &mut report.unchanged,
                            false => &mut report.changed,
                        }
                    }
                }
            }
        };
        let written = (spelled.id, &*spelled.line);
        draft.put_written(kind, known, factor, version, written, &Terms::default())?;
        list.push(line);
        Ok(())
    }

    /// Finds what the datasets of the release had and the release does not, after all of it was
    /// compared; withdraws it if that was asked for.
    ///
    /// What a dataset *had* is what counts on the first day of the latest edition in the release; if
    /// nothing does, because editions end where the next begins, on the day before.
    ///
    /// # Errors
    ///
    /// [`Error::VersionAltered`].
    pub fn removed(&self, draft: &mut Draft<'_>) -> Result<Report, Error> {
        let mut report = Report::default();
        let Some(latest) = self.latest else { return Ok(report) };
        let days = [Some(latest), latest.pred_opt()];
        let before = draft.count();
        for day in days.into_iter().flatten() {
            let gone = self.gone(draft, day)?;
            if gone.is_empty() {
                continue;
            }
            if self.release.withdraw_removed && day == latest {
                for line in &gone {
                    let factor_id = line.factor_id.clone();
                    let valid = Some(Interval::open(latest)?);
                    draft.change(&Change::Withdraw { factor_id, valid }, &Terms::default())?;
                }
            }
            report.removed = gone;
            break;
        }
        report.removed.sort_by(|a, b| a.factor_id.cmp(&b.factor_id));
        report.events = draft.count() - before;
        Ok(report)
    }
}

impl Comparison {
    /// What counts on `day`, is of the datasets of the release, and is not in it.
    fn gone(&self, draft: &Draft<'_>, day: NaiveDate) -> Result<Vec<Line>, Error> {
        let mut gone = Vec::new();
        for number in 0..draft.base.factors() {
            if self.factors.contains(&draft.base.factor_at(number).factor_id) {
                continue;
            }
            let View::Version(mark) = draft.at(number, day) else { continue };
            let version = draft.version(&mark)?;
            let source = &version.source;
            let ours = |it: &(String, String)| it.0 == source.publisher && it.1 == source.dataset;
            if self.datasets.iter().any(ours) {
                gone.push(Line {
                    factor_id: version.factor_id.clone(),
                    valid: version.valid,
                    before: Some(draft.version_id(&mark)),
                    after: None,
                });
            }
        }
        Ok(gone)
    }
}

fn day(valid: Interval) -> i32 {
    valid.days().0
}
