//! Destroying what may go: listed, approved, carried out, certified.

use audit_chain::note::{self, VerifierKey};
use chrono::{DateTime, Utc};
use futures_util::StreamExt as _;
use storage_core::Digest;
use storage_core::reports::{
    self, Approval, Certificate, DISPOSED, DisposalList, Eligible, Error as Refused, ReportKey,
    State, disposal_prefix,
};
use storage_core::retention::ClockGuard;

use super::{Error, Query, Reports, Result, load};
use crate::acts::first_record;
use crate::ledger::Filter;
use crate::store::{Put, StoreErrorKind, Version};

/// What may be destroyed, and what nobody can say that of.
#[derive(Debug)]
#[non_exhaustive]
pub struct Reviewed {
    /// What may be destroyed now.
    pub list: DisposalList,
    /// The reports that do not verify, and why.
    pub unreadable: Vec<(ReportKey, Error)>,
}

/// What became of one report on an approved list.
#[derive(Debug)]
#[non_exhaustive]
pub struct Destroyed {
    /// Which.
    pub report: ReportKey,
    /// The certificate, or why it is still there.
    pub outcome: Result<Certificate>,
}

/// A certificate that verifies, and how far.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CertificateChecked {
    /// What it says.
    pub certificate: Certificate,
    /// The names of the given keys that signed it.
    pub signed_by: Vec<String>,
    /// Its place in the ledger.
    pub recorded_at: u64,
    /// Whether the key of its sealed content is gone, where it had one and the keys are known here.
    pub key_is_gone: Option<bool>,
}

impl Reports {
    /// Lists what may be destroyed now. Nothing is destroyed, and nothing noted.
    ///
    /// # Errors
    ///
    /// [`Refused`](Error::Refused) if the clock is not believed, so that nobody can say; what keeps a
    /// report from being read. [`Reports::review`] goes on over such a report.
    pub async fn eligible(&self, query: &Query) -> Result<DisposalList> {
        let mut reviewed = self.review(query).await?;
        match reviewed.unreadable.is_empty() {
            true => Ok(reviewed.list),
            false => Err(reviewed.unreadable.swap_remove(0).1),
        }
    }

    /// The same, with the reports of which nothing can be said, which are on no list.
    ///
    /// # Errors
    ///
    /// As [`Reports::eligible`], but none about one report alone.
    pub async fn review(&self, query: &Query) -> Result<Reviewed> {
        let (now, guard) = (self.options.clock.now(), self.guard().await?);
        guard
            .check(now)
            .map_err(|problem| Refused::from(storage_core::retention::Error::Clock(problem)))?;
        let (mut listed, mut unreadable) = (Vec::new(), Vec::new());
        let mut cursor = None;
        loop {
            let page = self.list(query, cursor.as_deref(), 256).await?;
            let mut states = self.states(page.entries);
            while let Some((report, state)) = states.next().await {
                match state {
                    Ok(state) => listed.extend(Eligible::of(&state, now, &guard).ok()),
                    Err(error) if error.exit_status() == 6 => return Err(error),
                    Err(error) => unreadable.push((report, error)),
                }
            }
            match page.next {
                Some(next) => cursor = Some(next),
                None => {
                    let list = DisposalList::new(now, &self.options.actor, listed);
                    return Ok(Reviewed { list, unreadable });
                }
            }
        }
    }

    /// Somebody else than who drew it up agrees to a list, which is kept with that.
    ///
    /// # Errors
    ///
    /// [`ApprovalInvalid`](Refused::ApprovalInvalid), and what the store says.
    pub async fn approve(&self, list: &DisposalList, by: &str) -> Result<Digest> {
        self.heal().await?;
        let digest = list.digest()?;
        if let Ok((_, approval)) = self.approved(&digest).await
            && approval.approved_by == by
        {
            return Ok(digest);
        }
        let plan = reports::approve(list, by, self.options.clock.now())?;
        self.acts.perform(&plan).await?;
        Ok(digest)
    }

    /// The list of this digest and its approval.
    ///
    /// # Errors
    ///
    /// [`Error::NotApproved`]; [`ApprovalInvalid`](Refused::ApprovalInvalid) if they do not belong
    /// together.
    pub async fn approved(&self, list: &Digest) -> Result<(DisposalList, Approval)> {
        let place = disposal_prefix(list);
        let act = "read an approval";
        let there = self.read_once(&format!("{place}list.json"), act).await?;
        let agreed = self.read_once(&format!("{place}approval.json"), act).await?;
        let (Some(there), Some(agreed)) = (there, agreed) else {
            return Err(Error::NotApproved { list: *list });
        };
        let refuse = |broken: &str| Refused::ApprovalInvalid { broken: broken.to_owned() };
        let of_list: DisposalList =
            serde_json::from_slice(&there).map_err(|_| refuse("its list is none"))?;
        let approval: Approval =
            serde_json::from_slice(&agreed).map_err(|_| refuse("the approval is none"))?;
        if of_list.digest()? != *list || approval.list != *list {
            return Err(refuse("the list is not the one that was approved").into());
        }
        Ok((of_list, approval))
    }

    /// Destroys the content of every report on an approved list, one after the other. Called again, it
    /// goes on where it was interrupted.
    ///
    /// Each report is looked at once more: one that was changed, held or extended since stays.
    ///
    /// # Errors
    ///
    /// [`Error::NotApproved`], or that the clock is not believed. Why one report stayed stands in its
    /// place.
    pub async fn destroy(&self, list: &Digest) -> Result<Vec<Destroyed>> {
        self.heal().await?;
        let (list, approval) = self.approved(list).await?;
        let guard = self.guard().await?;
        guard
            .check(self.options.clock.now())
            .map_err(|problem| Refused::from(storage_core::retention::Error::Clock(problem)))?;
        let mut destroyed = Vec::with_capacity(list.reports.len());
        for entry in &list.reports {
            let report = entry.report.clone();
            let outcome = self.destroy_one(&report, &list, &approval, &guard).await;
            destroyed.push(Destroyed { report, outcome });
        }
        Ok(destroyed)
    }

    async fn destroy_one(
        &self,
        report: &ReportKey,
        list: &DisposalList,
        approval: &Approval,
        guard: &ClockGuard,
    ) -> Result<Certificate> {
        let state = self.state(report).await?;
        if let Some(certificate) = &state.disposed
            && certificate.list == approval.list
        {
            return Ok(certificate.clone());
        }
        let now = self.options.clock.now();
        let careful = guard.check(now).unwrap_or(now);
        let actor = &self.options.actor;
        let mut state = state;
        if state.manifest.is_sealed() {
            // Decided, recorded and done before anything is signed: the certificate tells no more than
            // what is so.
            self.keys(report)?;
            if state.key_destroyed.is_none() {
                let plan = reports::destroy_key(&state, list, approval, actor, now, guard)?;
                self.lets_go(&state, careful).await?;
                self.acts.perform(&plan).await?;
                state = self.state(report).await?;
            }
            self.forget_key(report).await?;
        }
        let plan =
            reports::dispose(&state, list, approval, actor, now, guard, |it| self.signed(it))?;
        self.lets_go(&state, careful).await?;
        self.acts.perform(&plan).await?;
        match self.state(report).await?.disposed {
            Some(certificate) => Ok(certificate),
            None => Err(Error::altered(report, "the record of its destruction is missing")),
        }
    }

    /// Refuses what the store would refuse, before anything is recorded: a lock that somebody set by
    /// other means, or that the rules have forgotten.
    async fn lets_go(&self, state: &State, now: DateTime<Utc>) -> Result<()> {
        let report = state.report();
        let mut reasons = Vec::new();
        for entry in state.manifest.contents() {
            let key = report.file(&entry.name);
            let versions = load::objects(self.store(), self.versioned(), &key).await;
            let versions = versions.map_err(Error::store("list the versions of a file"))?;
            let mut there: Vec<Option<Version>> =
                versions.into_iter().filter(|it| it.0 == key).map(|it| it.1).collect();
            there.push(entry.version.clone().map(Version));
            for version in there {
                let answer = match &version {
                    Some(version) => self.store().head_version(&key, version).await,
                    None => self.store().head(&key).await,
                };
                let object = match answer {
                    Err(error) if error.kind == StoreErrorKind::NotFound => continue,
                    answer => answer.map_err(Error::store("look at a file of a report"))?,
                };
                if object.legal_hold {
                    reasons.push(format!("the store holds `{}`", entry.name));
                }
                if let Some(lock) = object.lock.filter(|it| it.until > now) {
                    reasons.push(format!("the store keeps `{}` until {}", entry.name, lock.until));
                }
            }
        }
        reasons.sort();
        reasons.dedup();
        match reasons.is_empty() {
            true => Ok(()),
            false => {
                let (report, reason) = (report.clone(), reasons.join("; "));
                Err(Refused::Protected { report, reason }.into())
            }
        }
    }

    fn signed(&self, certificate: &Certificate) -> Result<Option<String>, Refused> {
        let Some(signer) = &self.options.signer else { return Ok(None) };
        let text = certificate.text()?;
        let signed = note::sign(&text, &[signer.as_ref()]);
        let signed =
            signed.map_err(|error| Refused::RequestInvalid { broken: error.to_string() })?;
        Ok(Some(signed))
    }

    /// Checks the certificate of a report that was destroyed: it is the one that was recorded, it is in
    /// the ledger, it describes the manifest that is left, the files are gone, and it is signed by
    /// one of `keys`, if there are any.
    ///
    /// # Errors
    ///
    /// [`Error::CertificateInvalid`] says what does not hold.
    pub async fn check_certificate(
        &self,
        report: &ReportKey,
        keys: &[VerifierKey],
    ) -> Result<CertificateChecked> {
        let broken = |broken: &str| Error::CertificateInvalid {
            report: report.clone(),
            broken: broken.to_owned(),
        };
        let state = self.state(report).await?;
        let Some(certificate) = state.disposed.clone() else {
            return Err(broken("the report was not destroyed"));
        };
        let stored = self.read_once(&report.certificate(), "read a certificate").await?;
        if stored.is_none_or(|it| it.as_ref() != certificate.to_bytes().unwrap_or_default()) {
            return Err(broken("it is not the one that was recorded"));
        }
        let said: Vec<_> =
            certificate.files.iter().map(|(name, it)| (name.as_str(), it.sha256)).collect();
        let mut was: Vec<_> =
            state.manifest.contents().map(|it| (it.name.as_str(), it.sha256)).collect();
        was.sort();
        if said != was {
            return Err(broken("it names other files than the manifest"));
        }
        for entry in state.manifest.contents() {
            let key = report.file(&entry.name);
            let there = load::objects(self.store(), self.versioned(), &key).await;
            if there.map_err(Error::store("look for a file"))?.contains_key(&key) {
                return Err(broken(&format!("`{}` is still there", entry.name)));
            }
        }
        let key_is_gone = match state.manifest.is_sealed() {
            true => self.key_is_gone(report).await?,
            false => None,
        };
        if key_is_gone == Some(false) {
            return Err(broken("the key of its content is still there"));
        }
        if state.manifest.is_sealed() != certificate.key_destroyed.is_some() {
            return Err(broken("it does not say what became of the key of its content"));
        }
        let mut signed_by = Vec::new();
        if !keys.is_empty() {
            let signed = self.read_once(&report.signed_certificate(), "read a certificate").await?;
            let signed = signed.ok_or_else(|| broken("it is not signed"))?;
            let opened = note::open(&signed, keys);
            let opened =
                opened.map_err(|error| broken(&format!("its signature is none: {error}")))?;
            if opened.text != certificate.text()? {
                return Err(broken("what was signed is another certificate"));
            }
            signed_by = opened.verified.into_iter().map(|it| it.name).collect();
        }
        let recorded_at = self.recorded(state.last()).await?;
        let recorded_at = recorded_at.ok_or_else(|| broken("the ledger has no record of it"))?;
        Ok(CertificateChecked { certificate, signed_by, recorded_at, key_is_gone })
    }

    /// Where the ledger has the act.
    async fn recorded(&self, event: &reports::Event) -> Result<Option<u64>> {
        let filter = Filter { event_type: Some(DISPOSED.to_owned()), ..Filter::default() };
        let name = event.plan.to_string();
        let found = first_record(self.ledger().store(), filter, move |line| {
            let read: serde_json::Value = serde_json::from_slice(line).ok()?;
            (read["event_id"] == name.as_str()).then(|| read["seq"].as_u64())?
        });
        found.await.map_err(|source| Error::Ledger { source: Box::new(source) })
    }

    /// Who vouches for the time: the store, if it is another machine, and the last record of the
    /// ledger.
    pub(super) async fn guard(&self) -> Result<ClockGuard> {
        let mut guard = ClockGuard::default();
        if self.store().location().starts_with("s3:") {
            guard = guard.present("the store", self.time_of_store().await?);
        }
        let size = self.ledger().head().size;
        if let Some(last) = size.checked_sub(1) {
            let filter = Filter { first_seq: Some(last), ..Filter::default() };
            let at = first_record(self.ledger().store(), filter, |line| {
                let read: serde_json::Value = serde_json::from_slice(line).ok()?;
                read["timestamp"].as_str()?.parse().ok()
            });
            let at = at.await.map_err(|source| Error::Ledger { source: Box::new(source) })?;
            if let Some(at) = at {
                guard = guard.past("the ledger", at);
            }
        }
        Ok(guard)
    }

    /// What time it is where the store is: when it received something just now.
    async fn time_of_store(&self) -> Result<DateTime<Utc>> {
        let failed = Error::store("ask the store for the time");
        let mut bytes = [0; 8];
        getrandom::fill(&mut bytes).map_err(|source| Error::NoRandomness { source })?;
        let key = format!("_strongroom/clock/{}", storage_core::hex::encode(&bytes));
        let written = self.store().put(&key, "", &Put::absent()).await.map_err(&failed)?;
        let modified = self.store().head(&key).await.map_err(&failed)?.modified;
        // Where every version is locked by default it stays for a while, and does no harm.
        let _ = match &written.version {
            Some(version) => self.store().delete_version(&key, version, false).await,
            None => self.store().delete(&key).await,
        };
        Ok(modified)
    }
}
