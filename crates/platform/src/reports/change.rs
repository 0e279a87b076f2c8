//! Changing what protects a report.

use chrono::{DateTime, Utc};
use storage_core::reports::{self, ReportKey, State};
use storage_core::retention::{Act, Change, ClockGuard, Trigger, TriggerDate};

use super::{Reports, Result};

impl Reports {
    /// Places a named hold: the report stays, whatever the calendar says, until it is released.
    ///
    /// # Errors
    ///
    /// As [`Reports::change`].
    pub async fn hold(&self, report: &ReportKey, name: &str, reason: &str) -> Result<State> {
        self.act(report, reason, Act::Hold { name: name.to_owned() }).await
    }

    /// Lifts a named hold. Others stay.
    ///
    /// # Errors
    ///
    /// As [`Reports::change`].
    pub async fn release(&self, report: &ReportKey, name: &str, reason: &str) -> Result<State> {
        self.act(report, reason, Act::Release { name: name.to_owned() }).await
    }

    /// Says when something happened that the clock of a rule waited for.
    ///
    /// # Errors
    ///
    /// As [`Reports::change`].
    pub async fn set_trigger(
        &self,
        report: &ReportKey,
        trigger: Trigger,
        on: TriggerDate,
        reason: &str,
    ) -> Result<State> {
        self.act(report, reason, Act::SetTrigger { trigger, on }).await
    }

    /// Protects a report for longer than its rules do.
    ///
    /// # Errors
    ///
    /// As [`Reports::change`].
    pub async fn extend(
        &self,
        report: &ReportKey,
        until: DateTime<Utc>,
        reason: &str,
    ) -> Result<State> {
        self.act(report, reason, Act::Extend { until }).await
    }

    /// An act of the actor of the options, now.
    ///
    /// # Errors
    ///
    /// As [`Reports::change`].
    pub async fn act(&self, report: &ReportKey, reason: &str, act: Act) -> Result<State> {
        let now = self.options.clock.now();
        self.change(report, &Change::new(&self.options.actor, reason, now, act)).await
    }

    /// Changes what protects a report, and gives what has become of it.
    ///
    /// # Errors
    ///
    /// What the rules about retention refuse; [`Act`](super::Error::Act) with
    /// [`Conflict`](crate::acts::Error::Conflict) if somebody else changed the report meanwhile.
    pub async fn change(&self, report: &ReportKey, change: &Change) -> Result<State> {
        self.heal().await?;
        let state = self.state(report).await?;
        let takes = matches!(
            change.act,
            Act::Shorten { .. } | Act::WithdrawDuty { .. } | Act::CorrectTrigger { .. }
        );
        // Only what takes protection away needs to know what time it is.
        let guard = match takes {
            true => self.guard().await?,
            false => ClockGuard::default(),
        };
        let plan = reports::change(&state, change, &guard, self.locks())?;
        self.acts.perform(&plan).await?;
        self.state(report).await
    }
}
