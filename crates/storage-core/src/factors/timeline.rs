//! What was said about one factor, in order, and what counts on a day.

use super::Kind;
use super::interval::OPEN;

/// One act on one factor, as small as it gets: there are millions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) seq: u64,
    /// The first day.
    pub(super) from: i32,
    /// The first day after it, as it was said.
    pub(super) to: i32,
    /// The first day after it, as it counts.
    pub(super) reach: i32,
    /// Which version; [`NO_VERSION`] where none was put.
    pub(super) version: u32,
    pub(super) kind: Kind,
}

/// The version of an act that put none.
pub(super) const NO_VERSION: u32 = u32::MAX;

/// The first day of an act on all days.
pub(super) const ALWAYS: i32 = i32::MIN;

/// What counts on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    Version(Mark),
    Withdrawn { by: Mark, beneath: Option<Mark> },
    NotValid,
    NotKnown,
}

/// The days from one to another on which the same counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: i32,
    pub(super) to: i32,
    pub(super) view: View,
}

/// All acts on one factor, by their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Timeline {
    marks: Vec<Mark>,
}

impl Mark {
    fn puts(&self) -> bool {
        matches!(self.kind, Kind::Put | Kind::Correct)
    }
}

impl Timeline {
    /// How far a version reaches that is put now. One with an end covers exactly what it says; one
    /// without gives way to the next later beginning that is known, so that a year that is filled in
    /// afterwards never hides the years after it.
    pub(super) fn reach(&self, from: i32, to: i32) -> i32 {
        if to != OPEN {
            return to;
        }
        let later = self.marks.iter().filter(|it| it.puts() && it.from > from);
        later.map(|it| it.from).min().unwrap_or(OPEN)
    }

    /// Adds an act; its `reach` is set here.
    pub(super) fn push(&mut self, mark: Mark) {
        let reach = if mark.puts() { self.reach(mark.from, mark.to) } else { mark.to };
        self.marks.push(Mark { reach, ..mark });
    }

    /// The acts with numbers below `bound`.
    pub(super) fn known(&self, bound: u64) -> &[Mark] {
        let known = match self.marks.last() {
            Some(last) if last.seq >= bound => self.marks.partition_point(|it| it.seq < bound),
            _ => self.marks.len(),
        };
        &self.marks[..known]
    }

    pub(super) fn newest(&self) -> Option<u64> {
        self.marks.last().map(|it| it.seq)
    }

    /// What counts on `day`, of the acts with numbers below `bound`: the newest one that covers it.
    pub(super) fn at(&self, day: i32, bound: u64) -> View {
        view(self.known(bound), day)
    }

    /// What counts on all days, in their order; days on which nothing does are left out.
    pub(super) fn stretches(&self, bound: u64) -> Vec<Stretch> {
        let known = self.known(bound);
        let mut days: Vec<i32> = known.iter().flat_map(|it| [it.from, it.reach]).collect();
        days.sort_unstable();
        days.dedup();
        let mut stretches: Vec<Stretch> = Vec::new();
        for pair in days.windows(2) {
            let (from, to) = (pair[0], pair[1]);
            let view = view(known, from);
            match stretches.last_mut() {
                _ if matches!(view, View::NotValid | View::NotKnown) => {}
                // Two versions that were put one after the other are not one, though they are equal.
                Some(last) if last.to == from && last.view == view => last.to = to,
                _ => stretches.push(Stretch { from, to, view }),
            }
        }
        stretches
    }

    /// The version that counts nearest to `day`: the latest before it, else the first after it.
    pub(super) fn nearest(&self, day: i32, bound: u64) -> Option<Mark> {
        let stretches = self.stretches(bound);
        let mark = |it: &Stretch| match it.view {
            View::Version(mark) => Some(mark),
            _ => None,
        };
        let before = stretches.iter().rev().filter(|it| it.to <= day).find_map(mark);
        before.or_else(|| stretches.iter().filter(|it| it.from > day).find_map(mark))
    }

    /// The latest stretch before `day` in which a version counts.
    pub(super) fn latest_before(&self, day: i32, bound: u64) -> Option<(Stretch, Mark)> {
        let stretches = self.stretches(bound);
        stretches.into_iter().rev().filter(|it| it.to <= day).find_map(|it| match it.view {
            View::Version(mark) => Some((it, mark)),
            _ => None,
        })
    }
}

fn view(known: &[Mark], day: i32) -> View {
    if known.is_empty() {
        return View::NotKnown;
    }
    let mut withdrawn = None;
    let mut reinstated = false;
    for mark in known.iter().rev().filter(|it| it.from <= day && day < it.reach) {
        match mark.kind {
            Kind::Withdraw if !reinstated => withdrawn = withdrawn.or(Some(*mark)),
            Kind::Reinstate if withdrawn.is_none() => reinstated = true,
            Kind::Put | Kind::Correct => {
                return match withdrawn {
                    Some(by) => View::Withdrawn { by, beneath: Some(*mark) },
                    None => View::Version(*mark),
                };
            }
            _ => {}
        }
    }
    match withdrawn {
        Some(by) => View::Withdrawn { by, beneath: None },
        None => View::NotValid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timeline(acts: &[(Kind, i32, i32)]) -> Timeline {
        let mut timeline = Timeline::default();
        for (nth, (kind, from, to)) in acts.iter().enumerate() {
            let seq = nth as u64 * 10;
            let version = nth as u32;
            timeline.push(Mark { seq, from: *from, to: *to, reach: 0, version, kind: *kind });
        }
        timeline
    }

    fn version(view: View) -> u32 {
        match view {
            View::Version(mark) => mark.version,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_filled_in_later_hides_nothing_that_begins_later() {
        let timeline = timeline(&[(Kind::Put, 2025, OPEN), (Kind::Put, 2020, OPEN)]);
        assert_eq!(version(timeline.at(2026, 99)), 0);
        assert_eq!(version(timeline.at(2024, 99)), 1);
        assert_eq!(timeline.at(2024, 10), View::NotValid, "not known yet");
        assert_eq!(timeline.at(2024, 0), View::NotKnown);
    }

    #[test]
    fn a_later_beginning_ends_what_has_no_end_only_from_then_on() {
        let timeline = timeline(&[(Kind::Put, 2020, OPEN), (Kind::Put, 2025, OPEN)]);
        assert_eq!(version(timeline.at(2026, 10)), 0);
        assert_eq!(version(timeline.at(2026, 11)), 1);
        assert_eq!(version(timeline.at(2024, 11)), 0);
    }

    #[test]
    fn what_has_an_end_splits_what_lies_beneath() {
        let timeline = timeline(&[(Kind::Put, 0, 100), (Kind::Correct, 40, 60)]);
        let stretches: Vec<_> =
            timeline.stretches(99).iter().map(|it| (it.from, it.to, version(it.view))).collect();
        assert_eq!(stretches, [(0, 40, 0), (40, 60, 1), (60, 100, 0)]);
    }

    #[test]
    fn a_withdrawal_covers_its_days_until_it_is_lifted_or_covered() {
        let timeline = timeline(&[
            (Kind::Put, 0, 100),
            (Kind::Withdraw, 50, OPEN),
            (Kind::Reinstate, 60, 70),
            (Kind::Put, 80, 90),
        ]);
        assert_eq!(version(timeline.at(49, 99)), 0);
        assert!(
            matches!(timeline.at(50, 99), View::Withdrawn { beneath: Some(it), .. } if it.version == 0)
        );
        assert_eq!(version(timeline.at(65, 99)), 0);
        assert_eq!(version(timeline.at(85, 99)), 3);
        assert!(matches!(timeline.at(95, 99), View::Withdrawn { .. }));
        assert!(matches!(timeline.at(100, 99), View::Withdrawn { beneath: None, .. }));
        assert_eq!(version(timeline.at(95, 10)), 0, "not known yet");
        assert_eq!(timeline.nearest(95, 99).map(|it| it.version), Some(3));
        assert_eq!(timeline.nearest(-5, 99).map(|it| it.version), Some(0));
    }
}
