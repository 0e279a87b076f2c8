//! What has become of a report: its manifest, and all its acts since.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Certificate, Error, Event, Fixity, Manifest, ReportId, ReportKey, TokenBytes, What};
use crate::retention::{ClockGuard, Eligibility, Retention, eligible};
use crate::{Digest, Plan};

/// What has become of a report. A fold: the manifest and the first act begin it, each further act
/// changes it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct State {
    /// What it consists of.
    pub manifest: Manifest,
    /// What names its manifest.
    pub manifest_sha256: Digest,
    /// What protects it now.
    pub retention: Retention,
    /// All its acts, in order.
    pub events: Vec<Event>,
    /// The last check of its content.
    pub fixity: Option<(DateTime<Utc>, Fixity)>,
    /// The reports that correct it.
    pub amended_by: BTreeSet<ReportId>,
    /// The tokens of time-stamping authorities, oldest first: the first is about the manifest, every
    /// other about the one before. Not verified by being here.
    pub timestamps: Vec<TokenBytes>,
    /// Since when the key of its sealed content is destroyed.
    pub key_destroyed: Option<DateTime<Utc>>,
    /// The certificate, if its content was destroyed.
    pub disposed: Option<Certificate>,
    /// Which versions of its manifest and its acts count, by key, as whoever read them found; none
    /// where the store keeps only one.
    pub versions: BTreeMap<String, String>,
}

/// What can be said of a report in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// A hold is in force, or the end of its retention is not known.
    Held,
    /// Its retention is not over.
    Retained,
    /// Nothing protects it any more. It is still there.
    Expired,
    /// Its content was destroyed.
    Disposed,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Held, Self::Retained, Self::Expired, Self::Disposed];

    /// The word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Retained => "retained",
            Self::Expired => "expired",
            Self::Disposed => "disposed",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl State {
    /// The state after all acts of a report, given by number from 0 on.
    ///
    /// # Errors
    ///
    /// [`Error::Altered`] if manifest and acts do not belong together, one is missing or replaced, or
    /// one could never have been done.
    pub fn fold(report: &ReportKey, manifest: &[u8], acts: &[Plan]) -> Result<Self, Error> {
        let read = Manifest::read(report, manifest)?;
        let mut acts = acts.iter();
        let first = acts.next().ok_or_else(|| Error::altered(report, "its acts are missing"))?;
        let event = Event::of_plan(report, 0, first)?;
        let manifest_sha256 = Digest::of(manifest);
        if event.what != (What::Archived { manifest: manifest_sha256 }) {
            return Err(Error::altered(report, "its manifest is not the one that was archived"));
        }
        let mut state = Self {
            retention: read.retention.clone(),
            manifest: read,
            manifest_sha256,
            events: vec![event],
            fixity: None,
            amended_by: BTreeSet::new(),
            timestamps: Vec::new(),
            key_destroyed: None,
            disposed: None,
            versions: BTreeMap::new(),
        };
        for plan in acts {
            state.apply(plan)?;
        }
        Ok(state)
    }

    /// The state after one more act.
    fn apply(&mut self, plan: &Plan) -> Result<(), Error> {
        let number = self.next_number();
        let event = Event::of_plan(self.report(), number, plan)?;
        let broken = |what: &str| {
            Err(Error::altered(&self.manifest.report, format!("its act {number} {what}")))
        };
        let previous = plan.details.get("previous").and_then(|it| it.as_str());
        if previous != Some(&self.last().plan.to_string()) {
            return broken("does not follow the one before it");
        }
        if self.disposed.is_some() {
            return broken("came after its destruction");
        }
        let goes_on = matches!(event.what, What::FixityChecked(_) | What::Disposed(_));
        if self.key_destroyed.is_some() && !goes_on {
            return broken("came after the destruction of its key");
        }
        match &event.what {
            What::Timestamped(token) => self.timestamps.push(token.clone()),
            What::KeyDestroyed => self.key_destroyed = Some(event.at),
            What::Archived { .. } => return broken("archives it a second time"),
            What::Changed(change) => {
                if let Err(error) = self.retention.apply(change) {
                    return broken(&format!("could not be done: {error}"));
                }
            }
            What::FixityChecked(fixity) => self.fixity = Some((event.at, fixity.clone())),
            What::Disposed(certificate) => {
                if certificate.manifest_sha256 != self.manifest_sha256 {
                    return broken("certifies the destruction of something else");
                }
                self.disposed = Some((**certificate).clone());
            }
        }
        self.events.push(event);
        Ok(())
    }

    /// Which report it is.
    pub fn report(&self) -> &ReportKey {
        &self.manifest.report
    }

    /// The number that its next act takes.
    pub fn next_number(&self) -> u64 {
        self.events.len() as u64
    }

    /// Its last act.
    pub fn last(&self) -> &Event {
        self.events.last().expect("the first act began it")
    }

    /// Its last act that was more than a look at it, a token about it, or than the beginning of its end.
    pub fn last_change(&self) -> &Event {
        let change = |it: &&Event| {
            !matches!(it.what, What::FixityChecked(_) | What::Timestamped(_) | What::KeyDestroyed)
        };
        self.events.iter().rev().find(change).expect("the first act archived it")
    }

    /// What can be said of it in one word at `now`.
    pub fn status(&self, now: DateTime<Utc>) -> Status {
        let Ok(protection) = self.retention.protection() else { return Status::Held };
        match () {
            () if self.disposed.is_some() || self.key_destroyed.is_some() => Status::Disposed,
            () if protection.needs_hold() => Status::Held,
            () if protection.until.moment().is_none_or(|until| now < until) => Status::Retained,
            () => Status::Expired,
        }
    }

    /// What the next token of a time-stamping authority has to be about: the manifest, or the last token,
    /// which is to be renewed before it has aged.
    pub fn to_be_stamped(&self) -> Digest {
        self.timestamps.last().map_or(self.manifest_sha256, |token| Digest::of(&token.0))
    }

    /// Whether its content may be destroyed at `now`, as far as `guard` believes the clock.
    pub fn eligible(&self, now: DateTime<Utc>, guard: &ClockGuard) -> Eligibility {
        eligible(&self.retention, now, guard)
    }

    /// Its content is there.
    ///
    /// # Errors
    ///
    /// [`Error::Gone`] if it was destroyed, or its key was.
    pub fn there(&self) -> Result<(), Error> {
        let certified = self.disposed.as_ref().map(|it| it.disposed_at);
        match certified.or(self.key_destroyed) {
            Some(at) => Err(Error::Gone { report: self.report().clone(), at }),
            None => Ok(()),
        }
    }
}
