//! Why something about retention was refused.

use super::{ClockProblem, Trigger, Until};

/// Why a date, a rule or a change was refused. The code is stable; the message is not.
#[derive(
    Clone, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr, strum::VariantNames,
)]
#[strum(serialize_all = "snake_case", prefix = "retention.")]
#[non_exhaustive]
pub enum Error {
    /// A word is not one of those that are known.
    #[error("`{text}` is no {what}")]
    WordUnknown {
        /// What it should be: `regime`, `trigger`, `time zone`, …
        what: &'static str,
        /// The text, or how it begins.
        text: String,
        /// What would be right.
        hint: &'static str,
    },
    /// A period is not written as years and months.
    #[error("`{text}` is no period: {broken}")]
    PeriodInvalid {
        /// The text, or how it begins.
        text: String,
        /// What is wrong with it.
        broken: &'static str,
    },
    /// A date lies outside of what is calculated with.
    #[error("{text} is not between 1900 and 9000")]
    DateOutOfRange {
        /// The date.
        text: String,
    },
    /// A document of rules does not hold.
    #[error("the document of rules has {} finding(s), the first at `{}`: {}", .findings.len(), .findings.first().map_or("", |it| &it.at), .findings.first().map_or("", |it| &it.message))]
    RulesInvalid {
        /// Everything that was found.
        findings: Vec<super::Finding>,
    },
    /// A question names a circumstance that no rule asks for.
    #[error("no rule asks whether `{name}`")]
    CircumstanceUnknown {
        /// The circumstance.
        name: String,
        /// Those that are known, for the hint.
        known: Vec<String>,
    },
    /// Whether a rule applies depends on what nobody said.
    #[error("whether {} applies depends on what was not said: {}", .rules.join(", "), .circumstances.join(", "))]
    Undecided {
        /// The rules.
        rules: Vec<String>,
        /// The circumstances to decide.
        circumstances: Vec<String>,
    },
    /// A record has no duty at all.
    #[error("no rule applies, so nothing would protect the record")]
    NoDuty,
    /// A name, an actor or a reason is empty, too long or has control characters.
    #[error("the {what} {broken}")]
    TextInvalid {
        /// `reason`, `actor`, `name of the hold`.
        what: &'static str,
        /// What is wrong, as the end of the sentence.
        broken: &'static str,
    },
    /// A hold of this name is already in force.
    #[error("the hold `{name}` is already in force")]
    HoldExists {
        /// Its name.
        name: String,
    },
    /// No hold of this name is in force.
    #[error("no hold `{name}` is in force")]
    HoldUnknown {
        /// The name.
        name: String,
    },
    /// No duty of the record waits for this event.
    #[error("no duty of this record starts with `{trigger}`")]
    TriggerUnused {
        /// The event.
        trigger: Trigger,
    },
    /// The event has another date already.
    #[error("`{trigger}` was already set to {set}")]
    TriggerSet {
        /// The event.
        trigger: Trigger,
        /// Its date.
        set: String,
    },
    /// An event that never was set cannot be corrected.
    #[error("`{trigger}` was never set")]
    TriggerNotSet {
        /// The event.
        trigger: Trigger,
    },
    /// The platform itself says when a record was archived.
    #[error("when the record was archived cannot be changed")]
    ArchivedIsFixed,
    /// A change would end a protection earlier.
    #[error("the protection until {from} would end {to}")]
    Shortens {
        /// Until when it is protected.
        from: Until,
        /// Until when it would be.
        to: Until,
    },
    /// A change that shortens was asked for without saying so.
    #[error("this would shorten the protection, and the bypass was not asked for")]
    BypassMissing,
    /// A compliance lock is never shortened.
    #[error("a record in compliance mode is never protected for less time")]
    Compliance,
    /// A duty outlasts the date that was asked for.
    #[error("`{rule}` protects the record until {until}")]
    DutyOutlasts {
        /// The rule.
        rule: String,
        /// Until when.
        until: Until,
    },
    /// No duty of this rule is there.
    #[error("the record has no duty under `{rule}`")]
    DutyUnknown {
        /// The rule.
        rule: String,
    },
    /// A duty of this rule and version is already there.
    #[error("the record already has a duty under version {version} of `{rule}`")]
    DutyExists {
        /// The rule.
        rule: String,
        /// Its version.
        version: u32,
    },
    /// The last duty cannot be withdrawn.
    #[error("`{rule}` is the only duty of this record")]
    LastDuty {
        /// The rule.
        rule: String,
    },
    /// The clock cannot be believed.
    #[error("the clock cannot be trusted, so nothing is shortened or destroyed")]
    Clock(#[source] ClockProblem),
    /// A date lies so far ahead that it must be a slip.
    #[error("{text} is more than {limit} ahead")]
    TooFar {
        /// The date.
        text: String,
        /// How far it may be.
        limit: &'static str,
    },
    /// A record was not extended beyond this moment.
    #[error("the record was not extended beyond {until}")]
    NothingToShorten {
        /// The moment that was asked for.
        until: Until,
    },
}

impl Error {
    /// Every code of this kind, in order of declaration.
    pub const CODES: &'static [&'static str] = <Self as strum::VariantNames>::VARIANTS;

    /// The stable code of this error, for example `retention.trigger_set`.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// What to do about it, where that can be said.
    pub fn hint(&self) -> Option<String> {
        let fixed = match self {
            Self::WordUnknown { hint, .. } => hint,
            Self::PeriodInvalid { .. } => "write years and months, such as `P7Y` or `P1Y6M`",
            Self::CircumstanceUnknown { known, .. } => {
                return Some(format!("the rules ask for: {}", known.join(", ")));
            }
            Self::Undecided { .. } => "say for each of them whether it is so",
            Self::NoDuty => "choose a regime that has a rule, or add one",
            Self::TriggerSet { .. } => "correct it instead: a correction is kept in the record",
            Self::TriggerNotSet { .. } => "set it instead",
            Self::HoldExists { .. } => "use another name: several holds can be in force",
            Self::Shortens { .. } => "a protection can only be extended",
            Self::BypassMissing => "ask for the bypass and give a reason, or leave it as it is",
            Self::DutyOutlasts { .. } => {
                "only what was extended beyond the duties can be taken back"
            }
            Self::LastDuty { .. } => "add the duty that applies first",
            Self::RulesInvalid { findings } => {
                return findings.first().and_then(|it| it.hint.clone());
            }
            Self::Clock(problem) => return Some(problem.hint().to_owned()),
            _ => return None,
        };
        Some((*fixed).to_owned())
    }
}

/// The beginning of a text, short enough for a message.
pub(super) fn head(text: &str) -> String {
    let mut head: String = text.chars().take(60).collect();
    if head.len() < text.len() {
        head.push('…');
    }
    head
}

/// Refuses what no one could read in a record: nothing, control characters, a book.
pub(super) fn check_text(what: &'static str, text: &str, most: usize) -> Result<(), Error> {
    let broken = if text.trim().is_empty() {
        "is empty"
    } else if text.len() > most {
        "is too long"
    } else if text.chars().any(char::is_control) {
        "has a control character"
    } else {
        return Ok(());
    };
    Err(Error::TextInvalid { what, broken })
}
