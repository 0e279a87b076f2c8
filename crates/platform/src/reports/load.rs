//! What the store says about one report.

use std::collections::BTreeMap;

use futures_util::stream::BoxStream;
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _, stream};
use storage_core::reports::{Intent, ReportId, ReportKey, ReportType, State, TenantId};
use storage_core::{Digest, Plan};

use super::{Error, Reports, Result};
use crate::acts::OPEN;
use crate::store::{Store, StoreError, StoreErrorKind, Version};

/// The objects below a prefix that count: of each key the oldest version, whatever hides it now.
pub(super) type Objects = BTreeMap<String, Option<Version>>;

/// Lists what counts below `prefix`. What is written once is its oldest version: neither a delete
/// marker nor a later version can take its place.
pub(super) async fn objects(
    store: &Store,
    versioned: bool,
    prefix: &str,
) -> Result<Objects, StoreError> {
    if !versioned {
        return store
            .list_all(prefix, None)
            .map_ok(|it| (it.key.as_str().to_owned(), None))
            .try_collect()
            .await;
    }
    // Newest first: the last one of each key stays.
    store
        .versions_all(prefix)
        .try_filter_map(|it| {
            let there = (!it.delete_marker).then(|| (it.key.as_str().to_owned(), Some(it.version)));
            std::future::ready(Ok(there))
        })
        .try_collect()
        .await
}

impl Reports {
    /// What has become of the report of this type, tenant and id. All three have to be whole and
    /// right: no other report is ever given.
    ///
    /// # Errors
    ///
    /// [`Error::NoReport`]; what is stored and does not verify.
    pub async fn get(
        &self,
        report_type: ReportType,
        tenant: &TenantId,
        id: &ReportId,
    ) -> Result<State> {
        match self.locate(report_type, tenant, id).await? {
            Some(report) => self.state(&report).await,
            None => Err(Error::NoReport { report: format!("{report_type}/{tenant}/…/{id}") }),
        }
    }

    /// The whole name of a report of which the period is not known.
    ///
    /// # Errors
    ///
    /// What the store says.
    pub async fn locate(
        &self,
        report_type: ReportType,
        tenant: &TenantId,
        id: &ReportId,
    ) -> Result<Option<ReportKey>> {
        // The shortcut says where to look, and no more.
        if let Some(intent) = self.intent(report_type, tenant, id).await? {
            let report = intent.report;
            let manifest = report.manifest();
            let there = objects(self.store(), self.versioned(), &manifest).await;
            let there = there.map_err(Error::store("look for a report"))?;
            if there.contains_key(&manifest) {
                return Ok(Some(report));
            }
        }
        let prefix = format!("{report_type}/{tenant}/");
        let all = objects(self.store(), self.versioned(), &prefix).await;
        let all = all.map_err(Error::store("look for a report"))?;
        Ok(all.keys().filter_map(|key| ReportKey::of_manifest(key)).find(|it| it.id == *id))
    }

    /// What was noted when the report began to be archived.
    pub(super) async fn intent(
        &self,
        report_type: ReportType,
        tenant: &TenantId,
        id: &ReportId,
    ) -> Result<Option<Intent>> {
        let key = Intent::key(report_type, tenant, id);
        let found = self.read_once(&key, "read what is noted of a report").await?;
        let Some(body) = found else { return Ok(None) };
        let intent = serde_json::from_slice::<Intent>(&body).ok().filter(|it| {
            let report = &it.report;
            (report.report_type, &report.tenant, &report.id) == (report_type, tenant, id)
        });
        Ok(intent)
    }

    /// What has become of a report.
    ///
    /// # Errors
    ///
    /// [`Error::NoReport`]; what is stored and does not verify.
    pub async fn state(&self, report: &ReportKey) -> Result<State> {
        let listed = objects(self.store(), self.versioned(), &report.prefix()).await;
        let listed = listed.map_err(Error::store("list a report"))?;
        let missing = || Error::NoReport { report: report.to_string() };
        let manifest = report.manifest();
        let acts = self.acts_of(report, &listed).await?;
        let Some(version) = listed.get(&manifest) else {
            let Some(first) = acts.first() else { return Err(missing()) };
            // It is being archived, or its manifest was taken away.
            let digest = first.digest().map_err(storage_core::reports::Error::from)?;
            let note = format!("{OPEN}{}", digest.hex());
            return match self.store().head(&note).await {
                Ok(_) => Err(missing()),
                Err(error) if error.kind == StoreErrorKind::NotFound => {
                    Err(Error::altered(report, "its manifest is missing"))
                }
                Err(error) => Err(Error::store("look for an open plan")(error)),
            };
        };
        let manifest = self.body(&manifest, version.as_ref()).await?;
        let mut state = State::fold(report, &manifest, &acts)?;
        let amendments = report.amendments();
        let ids = listed.keys().filter_map(|key| key.strip_prefix(&amendments)?.parse().ok());
        state.amended_by = ids.collect();
        let own = listed
            .into_iter()
            .filter(|(key, _)| *key == report.manifest() || key.starts_with(&report.events()));
        state.versions = own.filter_map(|(key, version)| Some((key, version?.0))).collect();
        Ok(state)
    }

    /// The acts of a report, in order.
    async fn acts_of(&self, report: &ReportKey, listed: &Objects) -> Result<Vec<Plan>> {
        let events = report.events();
        let numbered = listed.range(events.clone()..).take_while(|it| it.0.starts_with(&events));
        let mut wanted = Vec::new();
        for (key, version) in numbered {
            // Whatever else lies there is nobody's act.
            if key[events.len()..].len() != 20
                || !key[events.len()..].bytes().all(|it| it.is_ascii_digit())
            {
                continue;
            }
            if *key != report.event(wanted.len() as u64) {
                return Err(Error::altered(report, format!("its act {} is missing", wanted.len())));
            }
            wanted.push((key.clone(), version.clone()));
        }
        // Futures of their own, boxed: whoever awaits this may be on any thread.
        let read = wanted.into_iter().enumerate().map(|(number, (key, version))| {
            let (reports, report) = (self.clone(), report.clone());
            async move {
                let body = reports.body(&key, version.as_ref()).await?;
                serde_json::from_slice::<Plan>(&body).map_err(|error| {
                    Error::altered(&report, format!("its act {number} is none: {error}"))
                })
            }
            .boxed()
        });
        let read: Vec<_> = read.collect();
        stream::iter(read).buffered(8).try_collect().await
    }

    /// The body of one version, or of what is there.
    pub(super) async fn body(&self, key: &str, version: Option<&Version>) -> Result<bytes::Bytes> {
        let mut pauses = self.options.retry.pauses();
        loop {
            let answer = match version {
                Some(version) => self.store().get_version(key, version).await,
                None => self.store().get(key).await,
            };
            if !pauses.again_after(&answer).await {
                return Ok(answer.map_err(Error::store("read a part of a report"))?.body);
            }
        }
    }

    /// What has become of each of these reports, several looked at side by side.
    pub(super) fn states(
        &self,
        keys: Vec<ReportKey>,
    ) -> BoxStream<'static, (ReportKey, Result<State>)> {
        let side_by_side = self.options.side_by_side.max(1);
        let reports = self.clone();
        stream::iter(keys)
            .map(move |report| {
                let reports = reports.clone();
                async move {
                    let state = reports.state(&report).await;
                    (report, state)
                }
                .boxed()
            })
            .buffered(side_by_side)
            .boxed()
    }

    /// The metadata of a report, letter by letter as it came; `None` if it has none.
    ///
    /// # Errors
    ///
    /// As [`Reports::read`].
    pub async fn metadata(&self, state: &State) -> Result<Option<String>> {
        let Some(entry) = &state.manifest.metadata else { return Ok(None) };
        let bytes = self.read(state, entry.name.as_str()).await?;
        match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(Error::altered(state.report(), "its metadata is no text")),
        }
    }
}

/// The digest of some content that was hashed on the way.
pub(super) fn finish(hash: sha2::Sha256) -> Digest {
    use sha2::Digest as _;
    Digest::from(<[u8; 32]>::from(hash.finalize()))
}
