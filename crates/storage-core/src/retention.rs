//! How long a record must be kept, and when it may go.
//!
//! The law speaks of calendar years after an event, not of days after an upload. So a [`Rule`] names
//! the event that starts its clock ([`Trigger`]), a period in calendar years and months, and whether
//! it runs from that date or from the end of its calendar year. A [`Duty`] is one rule on one record
//! with the date of its event, if that is known; without the date the record is held. A
//! [`Retention`] is everything that protects one record: its duties, the holds placed on it, and what
//! extended it. [`eligible`] says whether it may be destroyed, or every reason why not.
//!
//! Nothing here reads a clock. Moments are arguments, and a [`ClockGuard`] doubts them.
//!
//! ```
//! use std::collections::BTreeMap;
//! use storage_core::LockMode;
//! use storage_core::retention::{
//!     Act, Change, ClockGuard, Question, Regime, Retention, RuleTable, Trigger, Until, Zone, eligible,
//! };
//!
//! // A record of imports of 2026 by a Finnish importer, archived in January of that year.
//! let question = Question::new(Regime::Cbam).within("FI".parse()?);
//! let rules = RuleTable::builtin().select(&question)?.decided()?;
//! let zone: Zone = "Europe/Helsinki".parse()?;
//! let mut record =
//!     Retention::new(LockMode::Compliance, "2026-01-20T09:00:00Z".parse()?, zone, rules)?;
//! // Nobody knows yet when the declaration will be submitted: held.
//! assert_eq!(record.until()?, Until::Indefinite);
//!
//! // Submitted on 28 September 2027: until the end of the fourth year after 2027.
//! let submitted = Act::SetTrigger {
//!     trigger: Trigger::DeclarationSubmitted,
//!     on: "2027-09-28".parse()?,
//! };
//! record.apply(&Change::new("ana", "registry receipt 17", "2027-09-29T08:00:00Z".parse()?, submitted))?;
//! let governing = record.governing()?;
//! assert_eq!(governing.rule(), Some("cbam-7"));
//! assert_eq!(governing.last_protected_day(), Some("2031-12-31".parse()?));
//! // Deletion is allowed from the first moment of 2032 in Helsinki on.
//! assert_eq!(record.until()?, Until::At("2031-12-31T22:00:00Z".parse()?));
//!
//! let now = "2031-12-31T21:59:59Z".parse()?;
//! let verdict = eligible(&record, now, &ClockGuard::default().present("store", now));
//! assert!(!verdict.is_eligible());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod calendar;
mod change;
mod clock;
mod duty;
mod eligible;
mod error;
mod hold;
mod rule;
mod select;
mod state;
mod table;
mod trigger;
mod words;
mod zone;

pub use calendar::{Expiry, Span};
pub use change::{Act, Change, Effect, Protection};
pub use clock::{ClockGuard, ClockProblem, MAX_DRIFT, Witness, WitnessKind};
pub use duty::{Duty, Governing, Until, Waiting, govern};
pub use eligible::{Eligibility, Obstacle, eligible};
pub use error::Error;
pub use hold::{Hold, Holds, Release};
pub use rule::{Anchor, Certainty, LastDay, Reference, Rule};
pub use select::{Question, Selection};
pub use state::Retention;
pub use table::{Finding, RULES_VERSION, RuleTable, Severity};
pub use trigger::{Trigger, TriggerDate};
pub use words::{Jurisdiction, Regime};
pub use zone::Zone;

#[cfg(test)]
mod tests;
