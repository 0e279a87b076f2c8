//! Changing releases: gates, agreement, moves, what is said about models.

use storage_core::artifacts::{
    GateReport, Log, LogName, Missing, Registration, ReleaseName, Stage, Who,
};
use storage_core::{Digest, Plan};

use super::{ArtifactStore, Error, RACES, Result};
use crate::acts::{self, Performed};
use crate::numbered::Retry;

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was made.
    Done(Performed),
    /// It had been made before.
    Already,
}

impl ArtifactStore {
    /// Writes down what a gate said about the contents of a release.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] as [`Log::report_gate`]; what the store and the ledger say.
    pub async fn report_gate(&self, name: &ReleaseName, report: GateReport) -> Result<Outcome> {
        self.change(&name.log(), |log, who| {
            let said = log
                .releases
                .get(name)
                .and_then(|it| it.gates.iter().rev().find(|it| it.gate == report.gate));
            match said == Some(&report) {
                true => Ok(None),
                false => Ok(Some(log.report_gate(name, report.clone(), who)?)),
            }
        })
        .await
    }

    /// Agrees that a release moves to a stage, as the actor of these options.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] as [`Log::approve`]; what the store and the ledger say.
    pub async fn approve(
        &self,
        name: &ReleaseName,
        to: Stage,
        contents: Digest,
        comment: Option<&str>,
    ) -> Result<Outcome> {
        self.change(&name.log(), |log, who| {
            let agreed = log.releases.get(name).is_some_and(|it| {
                it.approvals
                    .iter()
                    .any(|it| it.to == to && it.contents == contents && it.approver == who.actor)
            });
            match agreed {
                true => Ok(None),
                false => {
                    let comment = comment.map(str::to_owned);
                    Ok(Some(log.approve(name, to, contents, comment, who)?))
                }
            }
        })
        .await
    }

    /// Moves a release to the next stage. If `contents` is given, only with these contents. A release
    /// that is in that stage already stays there.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] as [`Log::promote`]; what the store and the ledger say.
    pub async fn promote(
        &self,
        name: &ReleaseName,
        to: Stage,
        contents: Option<Digest>,
    ) -> Result<Outcome> {
        self.change(&name.log(), |log, who| {
            let release = log.releases.get(name);
            let same = |release: &storage_core::artifacts::Release| {
                contents.is_none_or(|it| it == release.contents(name))
            };
            if release.is_some_and(|it| it.stage == Some(to) && same(it)) {
                return Ok(None);
            }
            Ok(Some(log.promote(name, to, contents, &self.options.gates, who)?))
        })
        .await
    }

    /// What a release holds, and what is missing before it can move to a stage.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if there is no such release; what the store says.
    pub async fn missing(&self, name: &ReleaseName, to: Stage) -> Result<(Digest, Vec<Missing>)> {
        let log = self.reader.log(&name.log()).await?;
        Ok((log.contents(name)?, log.missing(name, to, &self.options.gates)))
    }

    /// Moves a release back. A release that is in that stage already stays there.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] as [`Log::demote`]; what the store and the ledger say.
    pub async fn demote(&self, name: &ReleaseName, to: Stage, reason: &str) -> Result<Outcome> {
        self.change(&name.log(), |log, who| {
            match log.releases.get(name).is_some_and(|it| it.stage == Some(to)) {
                true => Ok(None),
                false => Ok(Some(log.demote(name, to, reason, who)?)),
            }
        })
        .await
    }

    /// Says something about a version of a model; replaces what was said before.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] as [`Log::register`]; what the store and the ledger say.
    pub async fn register(
        &self,
        name: &ReleaseName,
        registration: Registration,
    ) -> Result<Outcome> {
        self.change(&name.log(), |log, who| {
            let said = log.releases.get(name).and_then(|it| it.registration.as_ref());
            match said == Some(&registration) {
                true => Ok(None),
                false => Ok(Some(log.register(name, registration.clone(), who)?)),
            }
        })
        .await
    }

    /// Decides with what the log tells, and again if somebody was faster.
    pub(super) async fn change(
        &self,
        name: &LogName,
        decide: impl Fn(&Log, &Who) -> Result<Option<Plan>>,
    ) -> Result<Outcome> {
        for race in 0..RACES {
            let log = self.reader.log(name).await?;
            let Some(plan) = decide(&log, &self.options.who())? else {
                return Ok(Outcome::Already);
            };
            if let Some(performed) = self.perform(&plan).await? {
                return Ok(Outcome::Done(performed));
            }
            Retry::between_races(race).await;
        }
        Err(Error::Contended { resource: name.to_string(), times: RACES })
    }

    /// Carries out a plan; `None` if somebody else took its number.
    pub(super) async fn perform(&self, plan: &Plan) -> Result<Option<Performed>> {
        match self.acts.perform(plan).await {
            Ok(performed) => Ok(Some(performed)),
            Err(acts::Error::Conflict { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
