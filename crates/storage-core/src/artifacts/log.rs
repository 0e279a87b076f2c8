//! What is true about releases, from what happened to them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{
    Approval, Arrival, ArtifactKey, Change, Entry, Error, Expected, GateReport, LogName,
    Quarantined, Registration, ReleaseName, Stage,
};
use crate::{Digest, Plan, canonical_json};

/// The releases of one log, as its changes left them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Log {
    /// Which log.
    pub name: LogName,
    /// The number of the next change.
    pub next: u64,
    /// The releases it tells about.
    pub releases: BTreeMap<ReleaseName, Release>,
}

/// A release, as its changes left it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Release {
    /// Its files by name.
    pub files: BTreeMap<String, File>,
    /// How far it has come; `None` as long as no file was accepted.
    pub stage: Option<Stage>,
    /// How it moved, the oldest first.
    pub moves: Vec<Moved>,
    /// Who put its files, or let them be uploaded, and whose requests that were.
    pub authors: BTreeSet<String>,
    /// What the gates said, the oldest first.
    pub gates: Vec<GateReport>,
    /// Who agrees, the oldest first.
    pub approvals: Vec<Approval>,
    /// What is said about it, if it is a version of a model.
    pub registration: Option<Registration>,
}

/// A file of a release, as its changes left it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct File {
    /// What was announced last.
    pub expected: Option<Expected>,
    /// Who let it be uploaded.
    pub granted_by: BTreeSet<String>,
    /// The artifact, if it is one.
    pub entry: Option<Entry>,
    /// What was put aside under its name and neither released nor discarded since, the oldest first.
    pub quarantined: Vec<Quarantined>,
    /// What was put aside under its name and destroyed since.
    pub discarded: BTreeSet<Digest>,
    /// Whether the artifact was there and is not any more.
    pub removed: bool,
    /// The latest notification that was acted upon.
    pub arrival: Option<Arrival>,
}

/// A move from stage to stage.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Moved {
    /// The number of the change in its log. Moves are ordered by it.
    pub number: u64,
    /// To where.
    pub to: Stage,
    /// When it was decided. Nobody vouches for it.
    pub at: DateTime<Utc>,
    /// Who decided.
    pub actor: String,
}

impl Log {
    /// A log in which nothing happened yet.
    pub fn empty(name: LogName) -> Self {
        Self { name, next: 0, releases: BTreeMap::new() }
    }

    /// What follows from all changes of a log: each with its number and its bytes, in order.
    ///
    /// # Errors
    ///
    /// [`Error::ChangeInvalid`] for a change that is none, stands under another number or in another
    /// log than it says, or comes after a gap.
    pub fn read(
        name: LogName,
        changes: impl IntoIterator<Item = (u64, impl AsRef<[u8]>)>,
    ) -> Result<Self, Error> {
        let mut log = Self::empty(name);
        for (number, bytes) in changes {
            log.apply(number, bytes.as_ref())?;
        }
        Ok(log)
    }

    fn apply(&mut self, number: u64, bytes: &[u8]) -> Result<(), Error> {
        let broken =
            |reason: String| Error::ChangeInvalid { log: self.name.to_string(), number, reason };
        if number != self.next {
            return Err(broken(format!("the change {} is missing", self.next)));
        }
        let plan: Plan =
            serde_json::from_slice(bytes).map_err(|error| broken(error.to_string()))?;
        let claimed = plan.claim.as_ref().map(|it| (it.prefix.as_str(), it.number));
        if plan.v != 1 || claimed != Some((&self.name.prefix(), number)) {
            return Err(broken("it was written for another place".to_owned()));
        }
        let mut details = plan.details;
        let release: ReleaseName = details
            .shift_remove("release")
            .and_then(|it| it.as_str().map(str::parse))
            .ok_or_else(|| broken("it does not say which release it is about".to_owned()))?
            .map_err(|error: Error| broken(error.to_string()))?;
        if release.log() != self.name {
            return Err(broken(format!("it is about `{release}`")));
        }
        let change: Change =
            serde_json::from_value(details.into()).map_err(|error| broken(error.to_string()))?;
        if change.act() != plan.act {
            return Err(broken(format!("it calls itself `{}`", plan.act)));
        }
        let moved = |to| Moved { number, to, at: plan.decided_at, actor: plan.actor.clone() };
        self.releases.entry(release).or_default().apply(change, &plan.actor, moved);
        self.next += 1;
        Ok(())
    }

    /// What is true about one file; `None` if nothing happened to it.
    pub fn file(&self, key: &ArtifactKey) -> Option<&File> {
        self.releases.get(key.release())?.files.get(key.file())
    }

    /// What is true about one release; nothing yet if it is not in the log.
    pub(super) fn release(&self, name: &ReleaseName) -> Release {
        self.releases.get(name).cloned().unwrap_or_default()
    }
}

impl Release {
    fn apply(&mut self, change: Change, actor: &str, moved: impl Fn(Stage) -> Moved) {
        if let Some(file) = change.file() {
            let file = self.files.entry(file.to_owned()).or_default();
            match &change {
                Change::Granted { expected, .. } => {
                    file.expected = Some(expected.clone());
                    file.granted_by.insert(actor.to_owned());
                }
                Change::Accepted { entry, arrival, .. } => {
                    file.entry = Some(entry.clone());
                    file.removed = false;
                    file.arrived(arrival);
                    self.authors.extend(file.granted_by.iter().cloned());
                    self.authors.extend(arrival.principal.clone());
                }
                Change::Quarantined { quarantined, arrival, .. } => {
                    file.quarantined.push(quarantined.clone());
                    file.arrived(arrival);
                }
                Change::Released { entry, .. } => {
                    file.quarantined.retain(|it| it.sha256 != Some(entry.sha256));
                    file.entry = Some(entry.clone());
                    file.removed = false;
                    self.authors.extend(file.granted_by.iter().cloned());
                }
                Change::Discarded { sha256, .. } => {
                    file.quarantined.retain(|it| it.sha256 != Some(*sha256));
                    file.discarded.insert(*sha256);
                }
                Change::Removed { arrival, .. } => {
                    file.removed = true;
                    file.arrived(arrival);
                }
                _ => {}
            }
        }
        match change {
            Change::Accepted { .. } | Change::Released { .. } => {
                self.authors.insert(actor.to_owned());
                if self.stage.is_none() {
                    self.stage = Some(Stage::Dev);
                    self.moves.push(moved(Stage::Dev));
                }
            }
            Change::GateReported(report) => self.gates.push(report),
            Change::Approved(approval) => self.approvals.push(approval),
            Change::Promoted(promotion) => {
                self.stage = Some(promotion.to);
                self.moves.push(moved(promotion.to));
            }
            Change::Demoted { to, .. } => {
                self.stage = Some(to);
                self.moves.push(moved(to));
                // Whoever agreed did so to a release that turned out wrong.
                self.approvals.clear();
                self.gates.clear();
            }
            Change::Registered(registration) => self.registration = Some(registration),
            _ => {}
        }
    }

    /// The artifacts in it that are there.
    pub fn artifacts(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.files.iter().filter_map(|(name, file)| {
            file.entry.as_ref().filter(|_| !file.removed).map(|entry| (name.as_str(), entry))
        })
    }

    /// What names its contents: the digest of the names, lengths and digests of its artifacts. Gates
    /// and people speak about exactly this.
    pub fn contents(&self, name: &ReleaseName) -> Digest {
        let files: Vec<_> = self
            .artifacts()
            .map(|(file, entry)| {
                serde_json::json!({
                    "name": file,
                    "sha256": entry.sha256.to_string(),
                    "size_bytes": entry.size_bytes.to_string(),
                })
            })
            .collect();
        let contents = serde_json::json!({"v": 1, "release": name.to_string(), "files": files});
        Digest::of(&canonical_json(&contents).expect("text has a canonical form"))
    }
}

impl File {
    fn arrived(&mut self, arrival: &Arrival) {
        if *arrival != Arrival::default() {
            self.arrival = Some(arrival.clone());
        }
    }
}
