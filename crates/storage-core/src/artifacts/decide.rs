//! Decisions about files. Each becomes a plan that claims the next number of its log.

use chrono::{DateTime, Utc};

use super::{
    Arrival, ArtifactKey, Change, Entry, Error, Expected, Log, Quarantined, Reason, Registration,
    ReleaseName, Stage,
};
use crate::{Digest, Plan, Step};

/// Who decides, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    /// Who.
    pub actor: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// What becomes of a file that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is there already, with the same bytes.
    Same(Entry),
    /// It becomes an artifact.
    Accept,
    /// It is put aside.
    Quarantine(Vec<Reason>),
}

impl Log {
    /// What becomes of a file with this digest, against which these reasons stand.
    ///
    /// # Errors
    ///
    /// [`Error::Taken`] if the key has other bytes, [`Error::Sealed`] if the release takes no more
    /// files. Where the file is in the store already, this is a reason against it instead: see
    /// [`Log::judge_arrived`].
    pub fn judge(
        &self,
        key: &ArtifactKey,
        sha256: Digest,
        reasons: Vec<Reason>,
    ) -> Result<Verdict, Error> {
        let file = self.file(key);
        let removed = file.is_some_and(|it| it.removed);
        if let Some(entry) = file.and_then(|it| it.entry.as_ref()) {
            return match entry.sha256 == sha256 {
                // What was lost may come back, even to a release that takes nothing else.
                true if removed && reasons.is_empty() => Ok(Verdict::Accept),
                true if removed => Ok(Verdict::Quarantine(reasons)),
                true => Ok(Verdict::Same(entry.clone())),
                false => Err(Error::Taken { key: key.clone(), accepted: entry.sha256 }),
            };
        }
        self.takes_files(key.release())?;
        Ok(match reasons.is_empty() {
            true => Verdict::Accept,
            false => Verdict::Quarantine(reasons),
        })
    }

    /// What becomes of a file that is in the store already: nobody can be told to choose another key.
    pub fn judge_arrived(
        &self,
        key: &ArtifactKey,
        sha256: Digest,
        mut reasons: Vec<Reason>,
    ) -> Verdict {
        match self.judge(key, sha256, reasons.clone()) {
            Ok(verdict) => return verdict,
            Err(Error::Taken { accepted, .. }) => reasons.push(Reason::Overwrites { accepted }),
            Err(Error::Sealed { stage, .. }) => reasons.push(Reason::ReleaseSealed { stage }),
            Err(_) => {}
        }
        Verdict::Quarantine(reasons)
    }

    /// What was announced about a file; nothing if nothing was.
    pub fn expected(&self, key: &ArtifactKey) -> Expected {
        self.file(key).and_then(|it| it.expected.clone()).unwrap_or_default()
    }

    /// Refuses where a release was promoted.
    fn takes_files(&self, name: &ReleaseName) -> Result<(), Error> {
        let stage = self.releases.get(name).and_then(|it| it.stage);
        match stage.filter(|it| *it > Stage::Dev) {
            Some(stage) => Err(Error::Sealed { release: name.clone(), stage }),
            None => Ok(()),
        }
    }

    /// Somebody may upload a file until a moment.
    ///
    /// # Errors
    ///
    /// [`Error::Taken`] and [`Error::Sealed`]: what would be refused later is not granted.
    pub fn grant(
        &self,
        key: &ArtifactKey,
        expires_at: DateTime<Utc>,
        expected: Expected,
        who: &Who,
    ) -> Result<Plan, Error> {
        if let Some(entry) = self.file(key).and_then(|it| it.entry.as_ref()) {
            return Err(Error::Taken { key: key.clone(), accepted: entry.sha256 });
        }
        self.takes_files(key.release())?;
        let file = key.file().to_owned();
        self.plan(key.release(), &Change::Granted { file, expires_at, expected }, who)
    }

    /// A file becomes an artifact.
    ///
    /// # Errors
    ///
    /// [`Error::Unspeakable`] if it cannot be written down.
    pub fn accept(
        &self,
        key: &ArtifactKey,
        entry: Entry,
        arrival: Arrival,
        who: &Who,
    ) -> Result<Plan, Error> {
        let file = key.file().to_owned();
        self.plan(key.release(), &Change::Accepted { file, entry, arrival }, who)
    }

    /// A file is put aside. `steps` move it there, if it is in the store.
    ///
    /// # Errors
    ///
    /// As [`Log::accept`].
    pub fn quarantine(
        &self,
        key: &ArtifactKey,
        quarantined: Quarantined,
        arrival: Arrival,
        steps: Vec<Step>,
        who: &Who,
    ) -> Result<Plan, Error> {
        let file = key.file().to_owned();
        let change = Change::Quarantined { file, quarantined, arrival };
        let mut plan = self.plan(key.release(), &change, who)?;
        plan.steps = steps;
        Ok(plan)
    }

    /// What was put aside under a key: with this digest, or last.
    ///
    /// # Errors
    ///
    /// [`Error::NotAside`] if that is nothing, or nothing that was kept.
    pub fn aside(&self, key: &ArtifactKey, sha256: Option<Digest>) -> Result<Quarantined, Error> {
        let aside = self.file(key).map(|it| &it.quarantined);
        let mut aside = aside.into_iter().flatten().rev();
        let found = aside.find(|it| sha256.is_none() || it.sha256 == sha256).cloned();
        let kept = found.filter(|it| it.kept_at.is_some() && it.sha256.is_some());
        kept.ok_or_else(|| Error::NotAside { key: key.clone() })
    }

    /// Bytes that were put aside become an artifact, for a reason that is written down.
    ///
    /// # Errors
    ///
    /// [`Error::Taken`] and [`Error::Sealed`] as for any file; [`Error::Invalid`] without a reason.
    pub fn release_aside(
        &self,
        key: &ArtifactKey,
        entry: Entry,
        reason: &str,
        who: &Who,
    ) -> Result<Plan, Error> {
        said(reason)?;
        self.judge(key, entry.sha256, Vec::new())?;
        let (file, reason) = (key.file().to_owned(), reason.to_owned());
        self.plan(key.release(), &Change::Released { file, entry, reason }, who)
    }

    /// Bytes that were put aside are destroyed, for a reason that is written down.
    ///
    /// # Errors
    ///
    /// [`Error::NotAside`]; [`Error::Invalid`] without a reason.
    pub fn discard(
        &self,
        key: &ArtifactKey,
        sha256: Digest,
        reason: &str,
        who: &Who,
    ) -> Result<Plan, Error> {
        said(reason)?;
        let aside = self.aside(key, Some(sha256))?;
        let (file, reason) = (key.file().to_owned(), reason.to_owned());
        let change = Change::Discarded { file, sha256, reason };
        let mut plan = self.plan(key.release(), &change, who)?;
        plan.steps.extend(aside.kept_at.map(|key| Step::Delete { key, version: None }));
        Ok(plan)
    }

    /// A file that was an artifact is not there any more.
    ///
    /// # Errors
    ///
    /// As [`Log::accept`].
    pub fn removed(&self, key: &ArtifactKey, arrival: Arrival, who: &Who) -> Result<Plan, Error> {
        let file = key.file().to_owned();
        self.plan(key.release(), &Change::Removed { file, arrival }, who)
    }

    /// Something is said about a version of a model.
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] for what is no model, or a name that cannot be one.
    pub fn register(
        &self,
        name: &ReleaseName,
        registration: Registration,
        who: &Who,
    ) -> Result<Plan, Error> {
        let invalid = |what, broken: String| Err(Error::Invalid { what, broken });
        if name.kind() != super::Kind::Models {
            return invalid("a registration", format!("is about a model, not `{name}`"));
        }
        let names = registration.metrics.keys().chain(registration.parameters.keys());
        let roles = registration.lineage.iter().map(|it| &it.role);
        names.chain(roles).try_for_each(|it| check_word(it))?;
        if registration.lineage.iter().any(|it| it.name.trim().is_empty() || it.name.len() > 1024) {
            return invalid(
                "what a model was made from",
                "has a name of 1 to 1024 bytes".to_owned(),
            );
        }
        self.plan(name, &Change::Registered(registration), who)
    }

    pub(super) fn plan(
        &self,
        release: &ReleaseName,
        change: &Change,
        who: &Who,
    ) -> Result<Plan, Error> {
        debug_assert_eq!(release.log(), self.name, "a change belongs to the log of its release");
        if who.actor.trim().is_empty() {
            return Err(Error::Invalid { what: "who acts", broken: "is not said".to_owned() });
        }
        let resource = match change.file() {
            Some(file) => format!("{release}/{file}"),
            None => release.to_string(),
        };
        let details = serde_json::to_value(change).expect("a change is plain data");
        let mut plan = Plan::new(change.act(), &who.actor, resource, who.at)
            .claiming(self.name.prefix(), self.next)
            .saying("release", release.to_string());
        plan.details.extend(details.as_object().cloned().unwrap_or_default());
        // Now, and not when half of it is done.
        plan.digest()?;
        Ok(plan)
    }
}

/// Whoever overrules a check, or takes a step back, says why.
pub(super) fn said(reason: &str) -> Result<(), Error> {
    match reason.trim().is_empty() || reason.len() > 1024 {
        true => {
            Err(Error::Invalid { what: "the reason", broken: "has 1 to 1024 bytes".to_owned() })
        }
        false => Ok(()),
    }
}

/// Refuses what cannot name a gate, a metric, a parameter or a role.
pub(super) fn check_word(text: &str) -> Result<(), Error> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@/".contains(&byte);
    if (1..=64).contains(&text.len()) && text.bytes().all(fits) {
        return Ok(());
    }
    let text: String = text.chars().take(80).flat_map(char::escape_debug).collect();
    let broken = format!("`{text}` is not 1 to 64 letters, digits and `. _ - @ /`");
    Err(Error::Invalid { what: "the name", broken })
}
