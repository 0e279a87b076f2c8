//! How long the rows of each table are kept, and what may not go whatever the calendar says.

use std::collections::BTreeSet;
use std::fmt;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Serialize, Serializer};
use storage_core::retention::{self, Anchor, Expiry, Span, Zone};
use storage_core::{Digest, canonical_json};

use super::{Period, Reason, reading};
use crate::commits::{Kind, TableName};
use crate::schema::Finding;

/// The one version of the document.
pub const POLICY_VERSION: &str = "lake-retention/1";

/// A policy that was read and checked. Only [`Policy::parse`] makes one.
///
/// ```
/// use lake::retain::{DEFAULT_POLICY, Policy};
///
/// let policy = Policy::parse(DEFAULT_POLICY).expect("the shipped policy is in order");
/// assert_eq!(policy.rules().len(), 3);
/// // The law is that of the built-in rule.
/// assert!(policy.rules()[2].keep[0].law.contains("seven years"));
///
/// let findings = Policy::parse(&DEFAULT_POLICY.replace("P7Y", "P5Y")).unwrap_err();
/// assert!(findings[0].message.contains("`platform-csrd` asks for P7Y"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    // INVARIANT: passed the checks of `reading.rs`.
    said: Said,
    digest: Digest,
}

/// What a policy says, in one order: the form that is hashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Said {
    pub(super) retention: &'static str,
    pub(super) zone: Zone,
    pub(super) rules: Vec<Rule>,
    pub(super) holds: Vec<Hold>,
}

/// How long rows of some tables are kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Rule {
    /// Which tables.
    pub tables: Vec<Pattern>,
    /// Which of their files: rows, refused ones, duplicates.
    pub files: BTreeSet<Kind>,
    /// For how long, one entry for each duty. The one that ends last governs.
    pub keep: Vec<Keep>,
    /// At least for so long after the youngest rows of a partition came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minimum: Option<Span>,
}

/// One duty to keep rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Keep {
    /// For how long.
    #[serde(rename = "for")]
    pub period: Span,
    /// From where the period runs: the end of the period of the rows, or that of its calendar year.
    pub anchor: Anchor,
    /// Which duty it serves: a rule of the table of retention rules, or a name of your own.
    pub evidence: String,
    /// Who says so.
    pub law: String,
}

/// Which tables a rule is about: `bronze/emissions`, `gold/emissions/*` or `silver/*`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pattern(pub(super) String);

impl Pattern {
    /// Whether the rule is about this table.
    pub fn fits(&self, table: &TableName) -> bool {
        let name = table.to_string();
        match self.0.strip_suffix('*') {
            Some(folder) => name.starts_with(folder),
            None => name == self.0,
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Pattern {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// Rows that stay until somebody takes the hold out of the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Hold {
    /// What it is called: a case, an audit.
    pub name: String,
    /// Whose rows; everybody's if nobody is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The first month; all before too if none is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Period>,
    /// The last month; all behind too if none is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Period>,
    /// Why.
    pub reason: String,
}

impl Hold {
    /// Whether files of this partition may hold rows that it keeps. What cannot be told apart is kept:
    /// files of all tenants, and files that name no period.
    pub(super) fn reaches(&self, tenant: Option<&str>, period: Option<Period>) -> bool {
        let ours = match (&self.tenant, tenant) {
            (Some(held), Some(tenant)) => held == tenant,
            _ => true,
        };
        let behind = |it: Period| self.from.is_none_or(|from| it.last() >= from.first());
        let before = |it: Period| self.to.is_none_or(|to| it.first() <= to.last());
        ours && period.is_none_or(|it| behind(it) && before(it))
    }
}

/// The end of one duty, reckoned for some rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Term<'p> {
    pub(super) keep: &'p Keep,
    /// The last day on which they are kept.
    pub(super) last: NaiveDate,
}

impl Term<'_> {
    pub(super) fn reason(&self) -> Reason {
        let (evidence, law) = (self.keep.evidence.clone(), self.keep.law.clone());
        Reason::Duty { evidence, law, last: self.last }
    }
}

impl Policy {
    /// Reads a policy, YAML or JSON.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, in the order of lines.
    pub fn parse(text: &str) -> Result<Self, Vec<Finding>> {
        reading::read(text)
    }

    pub(super) fn new(said: Said) -> Self {
        let json = canonical_json(&said).expect("a policy is plain data");
        Self { said, digest: Digest::of(&json) }
    }

    /// The digest of what it says; comments, order of keys and spelling do not matter.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Where its days begin and end.
    pub fn zone(&self) -> Zone {
        self.said.zone
    }

    /// How long rows are kept.
    pub fn rules(&self) -> &[Rule] {
        &self.said.rules
    }

    /// What stays whatever the calendar says.
    pub fn holds(&self) -> &[Hold] {
        &self.said.holds
    }

    fn of<'p>(&'p self, table: &TableName, kind: Kind) -> impl Iterator<Item = &'p Rule> {
        let table = table.clone();
        let fits = move |it: &&Rule| {
            it.files.contains(&kind) && it.tables.iter().any(|it| it.fits(&table))
        };
        self.said.rules.iter().filter(fits)
    }

    /// The duty that keeps rows of `table` for longest whose time runs from `day`.
    pub(super) fn longest(
        &self,
        table: &TableName,
        kind: Kind,
        day: NaiveDate,
    ) -> Result<Option<Term<'_>>, retention::Error> {
        let mut longest: Option<Term<'_>> = None;
        for keep in self.of(table, kind).flat_map(|it| &it.keep) {
            let end = Expiry::after(day, keep.period, keep.anchor, self.said.zone)?;
            let last = end.last_protected_day;
            if longest.is_none_or(|it| it.last < last) {
                longest = Some(Term { keep, last });
            }
        }
        Ok(longest)
    }

    /// The last day on which rows stay because they came at `since`.
    pub(super) fn minimum(
        &self,
        table: &TableName,
        kind: Kind,
        since: DateTime<Utc>,
    ) -> Result<Option<NaiveDate>, retention::Error> {
        let day = self.said.zone.day_of(since);
        let mut longest = None;
        for minimum in self.of(table, kind).filter_map(|it| it.minimum) {
            let end = Expiry::after(day, minimum, Anchor::Date, self.said.zone)?;
            longest = longest.max(Some(end.last_protected_day));
        }
        Ok(longest)
    }
}
