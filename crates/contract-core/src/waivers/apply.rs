//! Which findings a waiver covers.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::{State, Waiver, Waivers, is_same};
use crate::changes::Snapshot;
use crate::contract::Contract;
use crate::finding::{Finding, Waived};
use crate::policy::Policy;

/// The contract whose findings may be waived.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'a> {
    /// Its path, relative to the root of the repository, with `/` between its parts.
    pub path: &'a str,
    /// Its id.
    pub id: Option<&'a str>,
    /// Its bucket.
    pub bucket: Option<&'a str>,
    /// Who asks for it. Nothing is waived for nobody: the approver might be the one.
    pub requester: Option<&'a str>,
}

impl<'a> Subject<'a> {
    /// The contract that lies at `path`.
    pub fn of(path: &'a str, contract: &Contract<'a>) -> Self {
        Self {
            path,
            id: contract.id().map(|at| at.value),
            bucket: contract.bucket_name().map(|at| at.value),
            requester: contract.text_in(crate::Slot::Requester).map(|at| at.value),
        }
    }
}

impl<'a> From<&'a Snapshot> for Subject<'a> {
    fn from(version: &'a Snapshot) -> Self {
        Self {
            path: &version.path,
            id: version.id().map(|held| held.value),
            bucket: version.bucket_name().map(|held| held.value),
            requester: version.requester().map(|held| held.value),
        }
    }
}

/// What became of waivers: which covered findings, and which would have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    // By the number of the waiver: how many findings it covers, and how many it would, if it held.
    pub(super) covered: BTreeMap<usize, usize>,
    pub(super) wanted: BTreeMap<usize, usize>,
    /// Waivers that the requester of a contract approved, with the path of the contract.
    pub(super) own: BTreeSet<(usize, String)>,
}

impl Usage {
    /// Adds what became of the same waivers elsewhere. The order does not matter.
    pub fn join(&mut self, other: Self) {
        for (mine, others) in [(&mut self.covered, other.covered), (&mut self.wanted, other.wanted)]
        {
            for (number, count) in others {
                *mine.entry(number).or_default() += count;
            }
        }
        self.own.extend(other.own);
    }
}

impl Waivers {
    /// Marks the findings in one contract that a waiver covers on the day `today`.
    ///
    /// A waiver that does not hold marks nothing, so that its findings count again. Where several
    /// hold, the one that holds longest is shown.
    pub fn apply(
        &self,
        subject: &Subject<'_>,
        today: NaiveDate,
        policy: &Policy,
        findings: &mut [Finding],
    ) -> Usage {
        let mut usage = Usage::default();
        if findings.is_empty() {
            return usage;
        }
        let meant = |waiver: &Waiver| waiver.scope.covers(subject.path, subject.id, subject.bucket);
        let meant: Vec<_> = self.list.iter().enumerate().filter(|(_, it)| meant(it)).collect();
        if meant.is_empty() {
            return usage;
        }
        for finding in findings.iter_mut().filter(|finding| finding.rule.is_negotiable()) {
            let mut best: Option<(usize, &Waiver, State)> = None;
            for (number, waiver) in meant.iter().filter(|(_, it)| it.rule == finding.rule) {
                *usage.wanted.entry(*number).or_default() += 1;
                let state = waiver.state(today, policy);
                if !matches!(state, State::Holds | State::Expiring) {
                    continue;
                }
                match subject.requester {
                    Some(requester) if is_same(requester, &waiver.approver) => {
                        usage.own.insert((*number, subject.path.to_owned()));
                    }
                    Some(_) if best.is_none_or(|(_, other, _)| waiver.expires > other.expires) => {
                        best = Some((*number, waiver, state));
                    }
                    _ => {}
                }
            }
            if let Some((number, waiver, state)) = best {
                *usage.covered.entry(number).or_default() += 1;
                finding.waived = Some(waiver.as_shown(state));
            }
        }
        usage
    }
}

impl Waiver {
    fn as_shown(&self, state: State) -> Waived {
        Waived {
            id: self.id.clone(),
            approver: self.approver.clone(),
            reason: self.reason.clone(),
            expires: self.expires.to_string(),
            expiring: state == State::Expiring,
        }
    }
}
