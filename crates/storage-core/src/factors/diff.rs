//! What differs between two states of knowledge, or two days.

use chrono::NaiveDate;
use serde::Serialize;

use super::interval::number_of;
use super::timeline::{Mark, View};
use super::{Catalogue, Error, FactorId, KnownAt, VersionId};

/// From where to look.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Point {
    /// What counts on this day; `None` is the latest day on which anything counts, for each factor by
    /// itself.
    pub valid_at: Option<NaiveDate>,
    /// As it was known then.
    pub known_at: KnownAt,
}

/// What differs between two points.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// What counts only at the second.
    pub added: Vec<DiffLine>,
    /// Where the figures are others, or are meant in another sense.
    pub changed: Vec<DiffLine>,
    /// Where only something else is said about the same figures: the days, the source, the licence.
    pub restated: Vec<DiffLine>,
    /// What counts only at the first.
    pub removed: Vec<DiffLine>,
    /// How many are the same version.
    pub unchanged: u64,
}

/// One factor that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiffLine {
    /// Which.
    pub factor_id: FactorId,
    /// What counts at the first point.
    pub before: Option<VersionId>,
    /// What counts at the second point.
    pub after: Option<VersionId>,
}

impl Catalogue {
    /// What differs between two points, in the order of the names.
    ///
    /// # Errors
    ///
    /// [`Error::NoTag`], [`Error::VersionAltered`].
    pub fn diff(&self, from: &Point, to: &Point) -> Result<Diff, Error> {
        let bounds = (self.bound(&from.known_at)?, self.bound(&to.known_at)?);
        let mut diff = Diff::default();
        for number in 0..self.factors() {
            let before = self.counting(number, from, bounds.0);
            let after = self.counting(number, to, bounds.1);
            let line = || {
                let id = |mark: &Mark| self.version_id_at(mark.version);
                let factor_id = self.factor_at(number).factor_id.clone();
                DiffLine {
                    factor_id,
                    before: before.as_ref().map(id),
                    after: after.as_ref().map(id),
                }
            };
            match (&before, &after) {
                (None, None) => {}
                (None, Some(_)) => diff.added.push(line()),
                (Some(_), None) => diff.removed.push(line()),
                (Some(a), Some(b))
                    if self.version_id_at(a.version) == self.version_id_at(b.version) =>
                {
                    diff.unchanged += 1;
                }
                (Some(a), Some(b)) => {
                    let same = self.glance(a.version)?.same_figures(&*self.glance(b.version)?);
                    if same { &mut diff.restated } else { &mut diff.changed }.push(line());
                }
            }
        }
        for lines in [&mut diff.added, &mut diff.changed, &mut diff.restated, &mut diff.removed] {
            lines.sort_by(|a, b| a.factor_id.cmp(&b.factor_id));
        }
        Ok(diff)
    }

    fn counting(&self, number: u32, point: &Point, bound: u64) -> Option<Mark> {
        let timeline = self.timeline_at(number);
        let view = match point.valid_at {
            Some(day) => timeline.at(number_of(day), bound),
            None => timeline.stretches(bound).last()?.view,
        };
        match view {
            View::Version(mark) => Some(mark),
            _ => None,
        }
    }
}
