//! Everything that protects one record.

use chrono::{DateTime, Months, Utc};
use serde::{Deserialize, Serialize};

use super::change::may_shorten;
use super::error::check_text;
use super::{
    Act, Change, ClockGuard, Duty, Effect, Error, Finding, Governing, Holds, Protection, Rule,
    Severity, Trigger, TriggerDate, Until, Zone, govern,
};
use crate::LockMode;

/// The farthest that a protection can be extended: what S3 accepts as a retention period, a hundred
/// years (AWS: "Object Lock considerations"). In compliance mode a slip could never be undone.
const MOST_EXTENSION: Months = Months::new(1200);

/// How far ahead the date of an event may lie. A financial year ends some months from now; an event
/// in twenty years is a slip of the pen that a compliance lock would keep.
const MOST_AHEAD: Months = Months::new(60);

/// What protects one record: its duties, its holds and what extended it.
///
/// It changes only by [`Change`]s, each of which says who, why and when; the same changes in the
/// same order give the same state. In compliance mode no change ever ends a protection earlier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    mode: LockMode,
    archived_at: DateTime<Utc>,
    place: Zone,
    // Ordered by id and version of the rule.
    duties: Vec<Duty>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    extended_until: Option<DateTime<Utc>>,
    #[serde(default)]
    holds: Holds,
}

impl Retention {
    /// What protects a record that is archived now under these rules. `place` is where it belongs
    /// to: it decides on which day things happen where a rule names no zone.
    ///
    /// # Errors
    ///
    /// [`Error::NoDuty`] without rules, [`Error::DutyExists`] if one is there twice,
    /// [`Error::RulesInvalid`] if one does not hold.
    pub fn new(
        mode: LockMode,
        archived_at: DateTime<Utc>,
        place: Zone,
        rules: impl IntoIterator<Item = Rule>,
    ) -> Result<Self, Error> {
        let (duties, holds) = (Vec::new(), Holds::default());
        let mut new = Self { mode, archived_at, place, duties, extended_until: None, holds };
        for rule in rules {
            new.add(rule, None)?;
        }
        if new.duties.is_empty() { Err(Error::NoDuty) } else { Ok(new) }
    }

    /// The same with the date of an event that is known from the beginning.
    ///
    /// # Errors
    ///
    /// As for [`Act::SetTrigger`].
    pub fn since(mut self, trigger: Trigger, on: TriggerDate) -> Result<Self, Error> {
        self.set(trigger, on, self.archived_at)?;
        Ok(self)
    }

    /// Who may lift the protection by date.
    pub fn mode(&self) -> LockMode {
        self.mode
    }

    /// When it was archived.
    pub fn archived_at(&self) -> DateTime<Utc> {
        self.archived_at
    }

    /// Where its days begin and end, unless a rule says otherwise.
    pub fn place(&self) -> Zone {
        self.place
    }

    /// Its duties, ordered by rule.
    pub fn duties(&self) -> &[Duty] {
        &self.duties
    }

    /// Its holds, lifted ones too.
    pub fn holds(&self) -> &Holds {
        &self.holds
    }

    /// Until when it was extended beyond its duties.
    pub fn extended_until(&self) -> Option<DateTime<Utc>> {
        self.extended_until
    }

    /// The events that some duty waits for, without repetition.
    pub fn waits_for(&self) -> Vec<Trigger> {
        let waiting = self.duties.iter().filter(|it| it.trigger.is_none());
        let mut triggers: Vec<_> = waiting.map(|it| it.rule.trigger).collect();
        triggers.sort();
        triggers.dedup();
        triggers
    }

    /// The duty that governs.
    ///
    /// # Errors
    ///
    /// [`Error::DateOutOfRange`].
    pub fn governing(&self) -> Result<Governing, Error> {
        govern(&self.duties, self.place)
    }

    /// Until when it is protected by its duties and extensions. Holds come on top.
    ///
    /// # Errors
    ///
    /// [`Error::DateOutOfRange`].
    pub fn until(&self) -> Result<Until, Error> {
        let duties = self.governing()?.until();
        Ok(self.extended_until.map_or(duties, |it| duties.max(Until::At(it))))
    }

    /// What a store is to be told.
    ///
    /// # Errors
    ///
    /// [`Error::DateOutOfRange`].
    pub fn protection(&self) -> Result<Protection, Error> {
        Ok(Protection {
            until: self.until()?,
            at_least: self.known_end()?.max(self.extended_until),
            held: self.holds.any(),
            mode: self.mode,
        })
    }

    /// The latest end of the duties whose events are known.
    fn known_end(&self) -> Result<Option<DateTime<Utc>>, Error> {
        let mut latest = None;
        for duty in &self.duties {
            latest = latest.max(duty.expiry(self.place)?.map(|it| it.deletable_from));
        }
        Ok(latest)
    }

    /// What a change would do, without doing it. One that takes protection away is refused while the
    /// clock is not believed. Ask this before the change is recorded; then [`apply`](Self::apply).
    ///
    /// # Errors
    ///
    /// [`Error::Clock`], and as for [`apply`](Self::apply).
    pub fn weigh(&self, change: &Change, guard: &ClockGuard) -> Result<Effect, Error> {
        let effect = self.clone().apply(change)?;
        let takes = matches!(change.act, Act::Shorten { .. } | Act::WithdrawDuty { .. });
        if takes || effect.shortens() {
            guard.check(change.at).map_err(Error::Clock)?;
        }
        Ok(effect)
    }

    /// Does a change, or leaves everything as it was.
    ///
    /// # Errors
    ///
    /// Why it was refused: [`Error::Compliance`], [`Error::BypassMissing`], [`Error::Shortens`],
    /// [`Error::TriggerSet`], and the others by their names.
    pub fn apply(&mut self, change: &Change) -> Result<Effect, Error> {
        check_text("actor", &change.actor, 256)?;
        check_text("reason", &change.reason, 4096)?;
        let before = self.protection()?;
        let mut next = self.clone();
        next.carry_out(change, &before)?;
        let after = next.protection()?;
        *self = next;
        Ok(Effect { before, after })
    }

    fn carry_out(&mut self, change: &Change, before: &Protection) -> Result<(), Error> {
        let Change { actor, reason, at, bypass, act } = change;
        match act {
            Act::Hold { name } => self.holds.place(name, actor, reason, *at),
            Act::Release { name } => self.holds.release(name, actor, reason, *at),
            Act::SetTrigger { trigger, on } => self.set(*trigger, *on, *at),
            Act::CorrectTrigger { trigger, on } => {
                self.correct(*trigger, *on, *at)?;
                let after = self.known_end()?.max(self.extended_until);
                match (after < before.at_least, bypass) {
                    (true, true) => may_shorten(self.mode, true)?,
                    (true, false) => self.extended_until = before.at_least,
                    (false, _) => {}
                }
                Ok(())
            }
            Act::Extend { until } => {
                if Some(*until) < before.at_least {
                    return Err(Error::Shortens { from: before.until, to: Until::At(*until) });
                }
                if at.checked_add_months(MOST_EXTENSION).is_none_or(|most| *until > most) {
                    let text = Until::At(*until).to_string();
                    return Err(Error::TooFar { text, limit: "a hundred years" });
                }
                self.extended_until = self.extended_until.max(Some(*until));
                Ok(())
            }
            Act::Shorten { until } => {
                may_shorten(self.mode, *bypass)?;
                let extended = self.extended_until.filter(|it| until < it);
                let Some(extended) = extended else {
                    return Err(Error::NothingToShorten { until: Until::At(*until) });
                };
                match self.known_end()? {
                    // An extension within the duties protects nothing by itself.
                    Some(end) if *until < end && end < extended => {
                        Err(Error::DutyOutlasts { rule: self.last_rule()?, until: Until::At(end) })
                    }
                    end => {
                        self.extended_until = Some(*until).filter(|it| Some(*it) > end);
                        Ok(())
                    }
                }
            }
            Act::AddDuty { rule, trigger } => {
                if let Some(on) = trigger {
                    near(*on, *at)?;
                }
                self.add((**rule).clone(), *trigger)
            }
            Act::WithdrawDuty { rule } => {
                may_shorten(self.mode, *bypass)?;
                let of_rule = |it: &Duty| it.rule.id == *rule;
                if !self.duties.iter().any(of_rule) {
                    return Err(Error::DutyUnknown { rule: super::error::head(rule) });
                }
                if self.duties.iter().all(of_rule) {
                    return Err(Error::LastDuty { rule: rule.clone() });
                }
                self.duties.retain(|it| !of_rule(it));
                Ok(())
            }
            Act::Strengthen => {
                self.mode = LockMode::Compliance;
                Ok(())
            }
        }
    }

    /// The rule whose known end is the last.
    fn last_rule(&self) -> Result<String, Error> {
        let known: Vec<_> = self.duties.iter().filter(|it| it.trigger.is_some()).cloned().collect();
        Ok(govern(&known, self.place)?.rule().unwrap_or_default().to_owned())
    }

    fn add(&mut self, rule: Rule, trigger: Option<TriggerDate>) -> Result<(), Error> {
        let findings = rule.broken().into_iter().map(|(at, message, hint)| Finding {
            severity: Severity::Error,
            at: format!("/{at}"),
            message,
            hint: Some(hint.to_owned()),
        });
        let findings: Vec<_> = findings.collect();
        if !findings.is_empty() {
            return Err(Error::RulesInvalid { findings });
        }
        let name = |it: &Rule| (it.id.clone(), it.version);
        let place = match self.duties.binary_search_by_key(&name(&rule), |it| name(&it.rule)) {
            Ok(_) => return Err(Error::DutyExists { rule: rule.id, version: rule.version }),
            Err(place) => place,
        };
        // What is known about the event is known for this duty, too.
        let known = match rule.trigger {
            Trigger::Archived => Some(TriggerDate::Moment(self.archived_at)),
            event => {
                let same = self.duties.iter().filter(|it| it.rule.trigger == event);
                same.filter_map(|it| it.trigger).next()
            }
        };
        let event = rule.trigger;
        let trigger = match (known, trigger) {
            (Some(set), Some(other)) if set != other => {
                return Err(Error::TriggerSet { trigger: event, set: set.to_string() });
            }
            (known, given) => known.or(given),
        };
        self.duties.insert(place, Duty { rule, trigger });
        // And what is said about it here is known for those that wait for it: an event happens once.
        for waiting in self.duties.iter_mut().filter(|it| it.rule.trigger == event) {
            waiting.trigger = waiting.trigger.or(trigger);
        }
        Ok(())
    }

    fn set(&mut self, trigger: Trigger, on: TriggerDate, at: DateTime<Utc>) -> Result<(), Error> {
        near(on, at)?;
        let mut any = false;
        for duty in self.starting_with(trigger)? {
            any = true;
            match duty.trigger {
                Some(set) if set != on => {
                    return Err(Error::TriggerSet { trigger, set: set.to_string() });
                }
                _ => duty.trigger = Some(on),
            }
        }
        if any { Ok(()) } else { Err(Error::TriggerUnused { trigger }) }
    }

    fn correct(
        &mut self,
        trigger: Trigger,
        on: TriggerDate,
        at: DateTime<Utc>,
    ) -> Result<(), Error> {
        near(on, at)?;
        let (mut any, mut set) = (false, false);
        for duty in self.starting_with(trigger)? {
            any = true;
            set |= duty.trigger.is_some();
            duty.trigger = Some(on);
        }
        match (any, set) {
            (_, true) => Ok(()),
            (true, false) => Err(Error::TriggerNotSet { trigger }),
            (false, false) => Err(Error::TriggerUnused { trigger }),
        }
    }

    fn starting_with(
        &mut self,
        trigger: Trigger,
    ) -> Result<impl Iterator<Item = &mut Duty>, Error> {
        if trigger == Trigger::Archived {
            return Err(Error::ArchivedIsFixed);
        }
        Ok(self.duties.iter_mut().filter(move |it| it.rule.trigger == trigger))
    }
}

/// Refuses an event that lies so far ahead that it must be a slip.
fn near(on: TriggerDate, at: DateTime<Utc>) -> Result<(), Error> {
    let day = on.check()?.day_in(Zone::UTC);
    if at.checked_add_months(MOST_AHEAD).is_some_and(|most| day <= most.date_naive()) {
        return Ok(());
    }
    Err(Error::TooFar { text: on.to_string(), limit: "five years" })
}
