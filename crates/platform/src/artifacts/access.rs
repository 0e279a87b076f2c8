//! Addresses for those who have no credentials.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use storage_core::artifacts::{ArtifactKey, Expected};
use storage_core::{Plan, hex};

use super::{ArtifactStore, Error, Result};
use crate::store::{Access, PutAccess, SignedUrl, Version};

/// An address, and how long it opens something. The address is a secret; nothing here prints it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Granted {
    /// The address, with the method and the headers that belong to it.
    pub url: SignedUrl,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

impl ArtifactStore {
    /// A key for an upload: of this day, with an id drawn at random (RFC 9562, section 5.4).
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the tenant or the file cannot be part of a key, [`Error::NoRandomness`].
    pub fn new_upload(&self, tenant: &str, file: &str) -> Result<ArtifactKey> {
        let mut id = [0_u8; 16];
        getrandom::fill(&mut id).map_err(|source| Error::NoRandomness { source })?;
        id[6] = id[6] & 0x0f | 0x40;
        id[8] = id[8] & 0x3f | 0x80;
        let hex = hex::encode(&id);
        let parts = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
        let (day, id) = (self.options.clock.now().date_naive(), parts.join("-"));
        Ok(format!("uploads/{tenant}/{day}/{id}/{file}").parse()?)
    }

    /// Lets somebody upload a file for a while. The address takes nothing that does not fit `expected`,
    /// and nothing where something is; that it was given out is recorded, and it is not. The file becomes
    /// an artifact when its notification is acted upon ([`ArtifactStore::on_event`]).
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] if the file would be refused; [`Error::Store`] from a store without addresses,
    /// and for a time of less than a second or more than seven days.
    pub async fn presign_put(
        &self,
        key: &ArtifactKey,
        valid_for: Duration,
        expected: &Expected,
    ) -> Result<Granted> {
        let put = PutAccess {
            content_type: Some(key.media_type().to_owned()),
            sha256: expected.sha256.map(|it| *it.as_bytes()),
            size_bytes: expected.size_bytes,
            absent: true,
        };
        let granted = self.sign(key, &Access::Put(put), valid_for).await?;
        let expires_at = granted.expires_at;
        self.change(&key.release().log(), |log, who| {
            Ok(Some(log.grant(key, expires_at, expected.clone(), who)?))
        })
        .await?;
        Ok(granted)
    }

    /// Lets somebody read an artifact for a while. That the address was given out is recorded, and it is
    /// not.
    ///
    /// # Errors
    ///
    /// As [`ArtifactReader::entry`](super::ArtifactReader::entry), and as
    /// [`ArtifactStore::presign_put`].
    pub async fn presign_get(&self, key: &ArtifactKey, valid_for: Duration) -> Result<Granted> {
        let entry = self.reader.entry(key).await?;
        let access = Access::Get { version: entry.version.clone().map(Version) };
        let granted = self.sign(key, &access, valid_for).await?;
        let who = self.options.who();
        let plan = Plan::new("artifact.download_granted", who.actor, key.to_string(), who.at)
            .saying("sha256", entry.sha256.to_string())
            .saying("expires_at", granted.expires_at.to_rfc3339());
        match self.perform(&plan).await? {
            Some(_) => Ok(granted),
            None => Err(Error::Contended { resource: key.to_string(), times: 1 }),
        }
    }

    async fn sign(
        &self,
        key: &ArtifactKey,
        access: &Access,
        valid_for: Duration,
    ) -> Result<Granted> {
        let signed = self.reader.store.presign(key.to_string(), access, valid_for).await;
        let url = signed.map_err(Error::store("make an address"))?;
        let valid_for = TimeDelta::from_std(valid_for).unwrap_or(TimeDelta::MAX);
        let now = self.options.clock.now();
        let expires_at = now.checked_add_signed(valid_for).unwrap_or(now);
        Ok(Granted { url, expires_at })
    }
}
