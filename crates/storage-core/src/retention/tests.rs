//! The cases of the law, with dates reckoned by hand.

use chrono::{DateTime, NaiveDate, Utc};

use super::*;
use crate::LockMode;

mod calendar;
mod changes;
mod clocks;
mod laws;
mod promises;
mod tables;

fn at(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn zone(text: &str) -> Zone {
    text.parse().unwrap()
}

fn on(text: &str) -> TriggerDate {
    text.parse().unwrap()
}

fn rule(id: &str) -> Rule {
    RuleTable::builtin().current(id).unwrap().clone()
}

/// A record in compliance mode in UTC.
fn record(archived_at: &str, rules: &[&str]) -> Retention {
    let rules = rules.iter().map(|id| rule(id));
    Retention::new(LockMode::Compliance, at(archived_at), Zone::UTC, rules).unwrap()
}

fn change(moment: &str, act: Act) -> Change {
    Change::new("ana", "as decided", at(moment), act)
}

/// The last protected day of a built-in rule.
fn last(id: &str, event: &str, place: &str) -> NaiveDate {
    Expiry::of(&rule(id), on(event), zone(place)).unwrap().last_protected_day
}

/// Whether a record may go, with a clock that a store confirms to the second.
fn free(record: &Retention, now: &str) -> bool {
    eligible(record, at(now), &trusted(now)).is_eligible()
}

fn trusted(now: &str) -> ClockGuard {
    ClockGuard::default().present("store", at(now))
}

fn why(record: &Retention, now: &str) -> Vec<String> {
    eligible(record, at(now), &trusted(now)).reasons().iter().map(ToString::to_string).collect()
}
