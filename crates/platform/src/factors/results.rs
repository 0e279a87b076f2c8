//! Results that are kept, and which of them used a version.

use bytes::Bytes;
use futures_util::TryStreamExt as _;
use futures_util::future::join_all;
use storage_core::Digest;
use storage_core::calculation::Calculation;
use storage_core::factors::{Error as Refused, VersionId};

use super::{Error, FactorStore, Result};
use crate::numbered::Outcome;
use crate::store::{Key, Put, StoreErrorKind};

/// How many requests are on their way at once.
const AT_ONCE: usize = 16;

/// Which results used a version.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Impact {
    /// The version.
    pub version_id: VersionId,
    /// The names of the results, in order.
    pub results: Vec<Digest>,
}

impl FactorStore {
    /// Keeps a result under its digest, for good; the same a second time is no harm. Says whether it is
    /// new.
    ///
    /// That a version was used is written before the result, so that no result is ever missed; so is the
    /// record of it in the ledger, if there is one.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] for a version that is not here, [`Error::ResultTaken`]; what the store says.
    pub async fn keep(
        &self,
        result: Digest,
        versions: &[VersionId],
        body: impl Into<Bytes>,
    ) -> Result<bool> {
        for version in versions {
            self.get(*version)?;
        }
        let put = Put::absent().typed("application/json").locked(self.shared.options.lock());
        let name = |key: String| Key::new(key).map_err(Error::store("name a result"));
        for version in versions {
            let key = name(format!("uses/{}/{}", version.hex(), result.hex()))?;
            let used = self.shared.results.put(&key, Bytes::new(), |_| false, &put).await;
            used.map_err(Error::of_write)?;
        }
        let key = name(format!("calc/{}", result.hex()))?;
        let there = self.shared.results.get(&key).await;
        let there = there.map_err(Error::store("read a result"))?;
        let body = body.into();
        if let Some(there) = there {
            return if there.body == body { Ok(false) } else { Err(Error::ResultTaken { result }) };
        }
        // Before it is there: whoever is interrupted between the two does both again.
        self.report_result(result, versions).await?;
        let kept = self.shared.results.put(&key, body, |_| false, &put).await;
        match kept.map_err(Error::of_write)? {
            Outcome::Won { .. } => Ok(true),
            Outcome::Lost { .. } => Err(Error::ResultTaken { result }),
        }
    }

    /// Keeps a calculation under its own digest, with the versions that it pins.
    ///
    /// # Errors
    ///
    /// As [`keep`](Self::keep), and [`Error::CalculationAltered`] for one whose digest is not its own.
    pub async fn keep_calculation(&self, calculation: &Calculation) -> Result<bool> {
        let result = calculation.result_hash;
        if !calculation.is_sealed() {
            return Err(Error::CalculationAltered { result });
        }
        let body = storage_core::canonical_json(calculation);
        let body = body.map_err(|_| Error::CalculationAltered { result })?;
        let versions: Vec<_> =
            calculation.pins.version_ids.iter().copied().map(VersionId).collect();
        self.keep(result, &versions, body).await
    }

    /// A calculation that was kept, checked.
    ///
    /// # Errors
    ///
    /// [`Error::CalculationAltered`]; what the store says, except that nothing is there.
    pub async fn kept_calculation(&self, result: Digest) -> Result<Option<Calculation>> {
        let Some(body) = self.kept(result).await? else { return Ok(None) };
        let read = serde_json::from_slice::<Calculation>(&body).ok();
        let sound = read.filter(|it| it.is_sealed() && it.result_hash == result);
        sound.map(Some).ok_or(Error::CalculationAltered { result })
    }

    /// A result that was kept.
    ///
    /// # Errors
    ///
    /// What the store says, except that nothing is there.
    pub async fn kept(&self, result: Digest) -> Result<Option<Bytes>> {
        let key = Key::new(format!("calc/{}", result.hex()));
        let key = key.map_err(Error::store("name a result"))?;
        let there = self.shared.results.get(&key).await.map_err(Error::store("read a result"))?;
        Ok(there.map(|it| it.body))
    }

    /// The results that used a version: what has to be looked at when it turns out to be wrong.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] for a version that is not here; what the store says.
    pub async fn impact(&self, version: VersionId) -> Result<Impact> {
        if self.catalogue().get(version).is_err_and(|it| !it.is_tampering()) {
            return Err(Refused::NoVersion { version_id: version }.into());
        }
        let prefix = format!("uses/{}/", version.hex());
        let store = &self.shared.store;
        let failed = || Error::store("look for results");
        let used = store.list_all(&prefix, None).map_err(failed());
        let used: Vec<_> = used.try_collect().await?;
        let named = used.iter().filter_map(|it| {
            let digits = it.key.as_str().strip_prefix(&prefix)?;
            format!("sha256:{digits}").parse::<Digest>().ok()
        });
        let named: Vec<Digest> = named.collect();
        let mut results = Vec::with_capacity(named.len());
        for some in named.chunks(AT_ONCE) {
            let there = join_all(some.iter().map(|result| self.is_kept(*result))).await;
            for (result, there) in some.iter().zip(there) {
                // Of a result that was never kept, because the process died, only the use is there.
                results.extend(there?.then_some(*result));
            }
        }
        Ok(Impact { version_id: version, results })
    }

    async fn is_kept(&self, result: Digest) -> Result<bool> {
        match self.shared.store.head(format!("calc/{}", result.hex())).await {
            Ok(_) => Ok(true),
            Err(error) if error.kind == StoreErrorKind::NotFound => Ok(false),
            Err(error) => Err(Error::store("look for results")(error)),
        }
    }
}
