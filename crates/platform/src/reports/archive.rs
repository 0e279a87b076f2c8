//! Archiving a report: its files first, its manifest last.

use bytes::Bytes;
use storage_core::LockMode;
use storage_core::reports::{
    self, Error as Refused, FileEntry, Intent, Manifest, MediaType, Period, ReportId, ReportKey,
    ReportType, State, TenantId, metadata_entry,
};

use super::upload::{self, Keeping};
use super::{Archive, Error, NewFile, Protection, Reports, Result};
use crate::acts;
use crate::numbered::Outcome;
use crate::store::{Key, Put};

/// A report that is archived.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Archived {
    /// Which it is.
    pub report: ReportKey,
    /// What has become of it.
    pub state: State,
    /// Whether it had been archived before, by the same request.
    pub repeated: bool,
}

/// What of a request names the report.
struct Named {
    report_type: ReportType,
    tenant: TenantId,
    period: Option<Period>,
    digest: storage_core::Digest,
}

impl Reports {
    /// Archives a report: all of it or nothing.
    ///
    /// Everything is checked before the first byte is stored; then the files are stored as they are
    /// read, with bounded memory; then what protects them and the manifest follow as one act. A call
    /// with an idempotency key may be made again after any failure: it completes the same report.
    /// Without a key, files of a call that failed stay behind as [`unfinished`](Self::unfinished).
    ///
    /// # Errors
    ///
    /// What is refused, and what the store says. [`Error::KeyTaken`] and [`Error::ContentDiffers`] if
    /// the idempotency key stood for something else.
    pub async fn archive(&self, request: Archive) -> Result<Archived> {
        let actor = request.actor.clone().unwrap_or_else(|| self.options.actor.clone());
        request.check(&actor)?;
        let now = self.options.clock.now();
        let digest = request.digest(&actor)?;
        // Refused before anything is noted, though the moment may be another one.
        self.retention(&request, now)?;
        if request.sealed && self.options.body_keys.is_none() {
            let broken = "it is to be sealed, and the store of keys is not known".to_owned();
            return Err(Refused::RequestInvalid { broken }.into());
        }
        self.heal().await?;
        let named = Named {
            report_type: request.report_type,
            tenant: request.tenant.clone(),
            period: request.period.clone(),
            digest,
        };
        let key = request.idempotency_key.as_deref();
        let (intent, noted_before) = self.note(key, now, named).await?;
        let report = intent.report.clone();
        if intent.request != digest {
            return Err(Error::KeyTaken { report });
        }
        if noted_before {
            match self.state(&report).await {
                Ok(state) => return self.repeated(state, request).await,
                Err(Error::NoReport { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        if let Some(amended) = &request.amends {
            self.may_amend(&report, amended).await?;
        }
        let at = intent.archived_at;
        let retention = self.retention(&request, at)?;

        let key = match request.sealed {
            true => Some(self.new_key(&report).await?),
            false => None,
        };
        let keeping = Keeping {
            report: &report,
            key: key.as_ref(),
            on_progress: request.on_progress.as_ref(),
            maybe_there: noted_before,
        };
        let metadata = match &request.metadata {
            Some(text) => Some(self.keep_metadata(&keeping, text).await?),
            None => None,
        };
        let mut files = Vec::with_capacity(request.files.len());
        for file in request.files {
            let NewFile { name, media_type, role, content } = file;
            let kept = self.keep(&keeping, name.as_str(), &media_type, content).await?;
            let version = kept.version.map(|it| it.0);
            let (size, sha256) = (kept.size_bytes, kept.sha256);
            let entry = FileEntry::new(name, role, media_type, size, sha256, version);
            files.push(entry.sealing(kept.sealed));
        }
        let mut manifest = Manifest::new(report.clone(), at, actor, files, retention)?;
        manifest.metadata = metadata;
        manifest.amends = request.amends;
        manifest.idempotency_key = request.idempotency_key;
        let plan = reports::archive(&manifest, self.locks())?;
        match self.acts.perform(&plan).await {
            Ok(_) => Ok(Archived { state: self.state(&report).await?, report, repeated: false }),
            // Another call of the same request was faster, with another clock perhaps.
            Err(acts::Error::Conflict { .. }) if manifest.idempotency_key.is_some() => {
                let state = self.state(&report).await?;
                let same = |it: &FileEntry| (it.name.clone(), it.content());
                let there: Vec<_> = state.manifest.contents().map(same).collect();
                match there == manifest.contents().map(same).collect::<Vec<_>>() {
                    true => Ok(Archived { report, state, repeated: true }),
                    false => Err(Error::KeyTaken { report }),
                }
            }
            Err(error) => Err(error.into()),
        }
    }

    fn retention(
        &self,
        request: &Archive,
        at: chrono::DateTime<chrono::Utc>,
    ) -> Result<storage_core::retention::Retention> {
        let mode = match self.options.protection {
            Protection::Locked(mode) => mode,
            Protection::RulesAlone => LockMode::Compliance,
        };
        Ok(request.retention(&self.options.rules, self.options.zone, mode, at)?)
    }

    /// Notes that a report is being archived, and when; gives what was noted first.
    async fn note(
        &self,
        key: Option<&str>,
        now: chrono::DateTime<chrono::Utc>,
        named: Named,
    ) -> Result<(Intent, bool)> {
        let Named { report_type, tenant, period, digest } = named;
        let id = match key {
            Some(key) => ReportId::of_key(report_type, &tenant, key),
            None => {
                let mut bytes = [0; 16];
                getrandom::fill(&mut bytes).map_err(|source| Error::NoRandomness { source })?;
                ReportId::random(bytes)
            }
        };
        let period = match period {
            Some(period) => period,
            None => Period::year_of(now)?,
        };
        let at = Intent::key(report_type, &tenant, &id);
        let broken = |report: &ReportKey| Error::altered(report, "what was noted of it is none");
        let report = ReportKey { report_type, tenant, period, id };
        if key.is_some()
            && let Some(there) = self.intent(report_type, &report.tenant, &report.id).await?
        {
            return Ok((there, true));
        }
        let intent = Intent::new(report, now, digest);
        let body = serde_json::to_vec(&intent).expect("what is noted is plain data");
        let key = Key::new(at).map_err(Error::store("note a report"))?;
        let put = Put::absent().typed("application/json");
        let outcome = self.once().put(&key, Bytes::from(body), |_| false, &put).await;
        match outcome.map_err(Error::write("note a report"))? {
            Outcome::Won { .. } => Ok((intent, false)),
            Outcome::Lost { body, .. } => {
                let there = serde_json::from_slice(&body).map_err(|_| broken(&intent.report))?;
                Ok((there, true))
            }
        }
    }

    /// The same request came before and was completed: its content has to be the same too.
    async fn repeated(&self, state: State, request: Archive) -> Result<Archived> {
        let report = state.report().clone();
        for file in request.files {
            let name = file.name.as_str();
            let (size, sha256) = upload::measure(file.content, name).await?;
            let there = state.manifest.file(name).map(FileEntry::content);
            if there != Some((size, sha256)) {
                return Err(Error::ContentDiffers { report, file: name.to_owned() });
            }
        }
        Ok(Archived { report, state, repeated: true })
    }

    async fn keep_metadata(&self, keeping: &Keeping<'_>, text: &str) -> Result<FileEntry> {
        let json = MediaType::of_extension("json").expect("JSON is in the table");
        let content = Bytes::from(text.to_owned().into_bytes()).into();
        let untold = Keeping { on_progress: None, ..*keeping };
        let kept = self.keep(&untold, "metadata.json", &json, content).await?;
        let entry = metadata_entry(kept.size_bytes, kept.sha256, kept.version.map(|it| it.0));
        Ok(entry.sealing(kept.sealed))
    }

    /// A correction is of the same type and tenant as what it corrects, which has to be there.
    async fn may_amend(&self, report: &ReportKey, amended: &ReportKey) -> Result<()> {
        let same = report.report_type == amended.report_type && report.tenant == amended.tenant;
        if !same || report.id == amended.id {
            let broken = format!("it cannot correct `{amended}`");
            return Err(Refused::RequestInvalid { broken }.into());
        }
        self.state(amended).await.map(drop)
    }
}
