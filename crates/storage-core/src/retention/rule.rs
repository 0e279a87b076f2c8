//! One rule about keeping records.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{Jurisdiction, Regime, Span, Trigger, Zone};

/// A rule: which records, from which event on, for how long, and who says so.
///
/// A rule never changes. What changes is which version of it new records get; a record keeps the
/// whole rule it was archived under (see [`Duty`](super::Duty)).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Rule {
    /// Its name: lower case letters, digits and hyphens.
    pub id: String,
    /// From 1 on; a change of anything is a new version.
    pub version: u32,
    /// The regime it belongs to.
    pub regime: Regime,
    /// Whose law it is.
    pub jurisdiction: Jurisdiction,
    /// What must be so for the rule to apply, as a circumstance of the document; always if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub circumstance: Option<String>,
    /// What starts the clock.
    pub trigger: Trigger,
    /// For how long, in calendar years and months.
    pub period: Span,
    /// From where the period runs.
    pub anchor: Anchor,
    /// The record is also protected on the day this many days after the event. For figures that were
    /// given in days.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least_days: Option<u32>,
    /// Whether the last day may be one on which nobody works.
    #[serde(default, skip_serializing_if = "LastDay::is_any")]
    pub last_day: LastDay,
    /// Public holidays besides Saturdays and Sundays, where the last day must be a working day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holidays: Vec<NaiveDate>,
    /// Where its days begin and end; where the record belongs to if `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<Zone>,
    /// What must be kept, in words.
    pub title: String,
    /// Who says so.
    pub reference: Reference,
}

/// From where a period runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Anchor {
    /// From the day of the event, which is not counted.
    Date,
    /// From the end of the calendar year of the event.
    EndOfCalendarYear,
}

/// What the last day of a period may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastDay {
    /// Any day.
    #[default]
    Any,
    /// A working day: a period that would end on a Saturday, Sunday or holiday ends with the next
    /// working day (Regulation 1182/71, Article 3(4)).
    WorkingDay,
}

impl LastDay {
    fn is_any(&self) -> bool {
        *self == Self::Any
    }
}

/// Who says so, where that was read, and how sure that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reference {
    /// The article.
    pub law: String,
    /// Where its words were read.
    pub source: String,
    /// How sure it is.
    pub certainty: Certainty,
    /// What a reader should know before relying on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// How sure a rule is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Certainty {
    /// The words of the law were read.
    Text,
    /// Others report what the law says. Have counsel confirm it.
    Secondary,
    /// No law: a decision of whoever runs the platform.
    Policy,
}

impl Rule {
    /// Whether it is a decision of the platform, not a law.
    pub fn is_policy(&self) -> bool {
        self.reference.certainty == Certainty::Policy
    }

    /// What is wrong with it, each with the member that is meant and a way out.
    pub(super) fn broken(&self) -> Vec<(&'static str, String, &'static str)> {
        let mut found = Vec::new();
        let plain = |it: u8| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'-';
        if !(1..=64).contains(&self.id.len()) || !self.id.bytes().all(plain) {
            let hint = "write 1 to 64 lower case letters, digits and hyphens";
            found.push((
                "id",
                format!("`{}` is no name of a rule", super::error::head(&self.id)),
                hint,
            ));
        }
        if self.version == 0 {
            found.push(("version", "versions count from 1".to_owned(), "write 1"));
        }
        if self.period.is_nothing() && self.trigger != Trigger::ProcessingEnded {
            let hint = "write how long, such as `P7Y`; only `processing_ended` can end at once";
            found.push(("period", "the period is no time at all".to_owned(), hint));
        }
        if self.at_least_days.is_some_and(|days| days == 0 || days > 36_525) {
            found.push((
                "at_least_days",
                "days are 1 to 36525".to_owned(),
                "leave it out, or write years",
            ));
        }
        if !self.holidays.is_empty() && self.last_day.is_any() {
            let hint = "write `\"last_day\": \"working_day\"`, or leave the holidays out";
            found.push(("holidays", "holidays change nothing here".to_owned(), hint));
        }
        for (at, text) in [
            ("title", &self.title),
            ("reference/law", &self.reference.law),
            ("reference/source", &self.reference.source),
        ] {
            if text.trim().is_empty() {
                found.push((at, "it is empty".to_owned(), "say it: somebody will ask for it"));
            }
        }
        found
    }
}
