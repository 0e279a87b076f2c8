//! Until when a part stays, and why.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use storage_core::retention;

use super::part::Part;
use super::policy::Policy;
use super::rests::{Above, beside};
use crate::commits::{Kind, TableName};

/// Until when something stays. Later is greater.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Until {
    /// To the end of this day.
    Day(NaiveDate),
    /// Until somebody decides otherwise.
    Decided,
}

impl Until {
    /// Whether it is over on `day`.
    pub fn is_over(self, day: NaiveDate) -> bool {
        matches!(self, Self::Day(last) if last < day)
    }
}

/// Why something stays until then. `Display` says it in one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Reason {
    /// A duty on the rows themselves.
    Duty {
        /// Which.
        evidence: String,
        /// Who says so.
        law: String,
        /// The last day.
        last: NaiveDate,
    },
    /// They came later than their period.
    Minimum {
        /// When the youngest of them came.
        since: DateTime<Utc>,
        /// The last day.
        last: NaiveDate,
    },
    /// Rows of the same inputs that were not refused are kept for so long.
    Inputs {
        /// The partition of those.
        partition: String,
        /// Why those stay, or would if they were there.
        because: Box<Self>,
    },
    /// Rows of a higher zone rest on them.
    RestsOn {
        /// The table of those.
        table: TableName,
        /// Their partition.
        partition: String,
        /// Why those stay.
        because: Box<Self>,
    },
    /// They are held.
    Hold {
        /// The hold.
        name: String,
        /// Why.
        reason: String,
    },
    /// No rule of the policy says when they may go.
    NoRule,
}

impl Reason {
    /// Until when it keeps.
    pub fn until(&self) -> Until {
        match self {
            Self::Duty { last, .. } | Self::Minimum { last, .. } => Until::Day(*last),
            Self::RestsOn { because, .. } | Self::Inputs { because, .. } => because.until(),
            Self::Hold { .. } | Self::NoRule => Until::Decided,
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duty { evidence, law, last } => {
                write!(f, "`{evidence}` ({law}) to the end of {last}")
            }
            Self::Minimum { since, last } => {
                write!(f, "rows came on {}, kept to the end of {last}", since.format("%Y-%m-%d"))
            }
            Self::Inputs { partition, because } if partition.is_empty() => {
                write!(f, "it shows what became of its input: {because}")
            }
            Self::Inputs { partition, because } => {
                write!(f, "{partition} came of the same inputs: {because}")
            }
            Self::RestsOn { table, partition, because } => {
                write!(f, "{table} {partition} rests on it: {because}")
            }
            Self::Hold { name, reason } => write!(f, "the hold `{name}`: {reason}"),
            Self::NoRule => f.write_str("no rule says when it may go"),
        }
    }
}

/// A part, and why it stays for as long as it does.
#[derive(Clone, Debug)]
pub(super) struct Weighed<'s> {
    pub(super) part: Part<'s>,
    /// The last day of its own duties; none if no rule is about it.
    pub(super) own: Option<NaiveDate>,
    /// What keeps it longest.
    pub(super) reason: Reason,
}

/// Weighs the parts of a table, rows before refused ones; `above` are those of the tables that may rest on it.
pub(super) fn weigh<'s>(
    parts: Vec<Part<'s>>,
    above: &[Weighed<'s>],
    policy: &Policy,
) -> Result<Vec<Weighed<'s>>, retention::Error> {
    let tables: Vec<(Above<'_>, &[Weighed<'_>])> = above
        .chunk_by(|one, other| one.part.table() == other.part.table())
        .map(|those| (Above::of(those[0].part.seen), those))
        .collect();
    let mut known = None;
    let mut weighed = Vec::with_capacity(parts.len());
    for part in parts {
        let (table, kind) = (part.table(), part.kind);
        let mut reasons = Vec::new();
        let own = policy.longest(table, kind, part.day(policy.zone()))?;
        match own {
            None => reasons.push(Reason::NoRule),
            Some(term) => reasons.push(term.reason()),
        }
        if let Some(last) = policy.minimum(table, kind, part.since)? {
            reasons.push(Reason::Minimum { since: part.since, last });
        }
        if kind == Kind::Quarantine {
            let beside = known.get_or_insert_with(|| beside(part.seen));
            reasons.push(inputs(&part, beside, &weighed, policy)?);
        }
        for hold in policy.holds() {
            if hold.reaches(part.tenant.as_deref(), part.period) {
                let (name, reason) = (hold.name.clone(), hold.reason.clone());
                reasons.push(Reason::Hold { name, reason });
            }
        }
        // Of those that rest on it the one that stays longest.
        let mut longest: Option<&Weighed<'_>> = None;
        for (facts, those) in &tables {
            let how = facts.resting(&part);
            for it in those.iter().filter(|it| facts.rests(how, &it.part, &part)) {
                if longest.is_none_or(|other| other.reason.until() < it.reason.until()) {
                    longest = Some(it);
                }
            }
        }
        reasons.extend(longest.map(|it| Reason::RestsOn {
            table: it.part.table().clone(),
            partition: it.part.folder.clone(),
            because: Box::new(it.reason.clone()),
        }));
        // Of two that end together the first one.
        let mut governing = reasons.swap_remove(0);
        for reason in reasons {
            if reason.until() > governing.until() {
                governing = reason;
            }
        }
        weighed.push(Weighed { own: own.map(|it| it.last), reason: governing, part });
    }
    Ok(weighed)
}

/// Refused rows stay for as long as the rows of the same inputs that were not refused, or as such rows
/// would: nobody could show otherwise what became of an input.
fn inputs(
    part: &Part<'_>,
    beside: &BTreeMap<String, BTreeSet<String>>,
    weighed: &[Weighed<'_>],
    policy: &Policy,
) -> Result<Reason, retention::Error> {
    let would = policy.longest(part.table(), Kind::Data, part.day(policy.zone()))?;
    let would = would.map_or(Reason::NoRule, |term| term.reason());
    let mut longest = Reason::Inputs { partition: String::new(), because: Box::new(would) };
    let mut partitions: BTreeSet<&String> =
        part.files.iter().filter_map(|it| beside.get(&it.file.path)).flatten().collect();
    if part.period.is_some() {
        partitions = [&part.folder].into();
    }
    let there = weighed.iter().filter(|it| it.part.kind == Kind::Data);
    for it in there.filter(|it| partitions.contains(&it.part.folder)) {
        if it.reason.until() > longest.until() {
            let (partition, because) = (it.part.folder.clone(), Box::new(it.reason.clone()));
            longest = Reason::Inputs { partition, because };
        }
    }
    Ok(longest)
}
