//! Acting on what the store tells: validate, index, audit.
//!
//! A notification may come twice, late, or after a later one (AWS: "Amazon S3 Event Notifications"). So
//! nothing is believed of it but that something may have happened to a key: what is there now is looked
//! at, and the log of the release says whether that is known already.

use serde::Serialize;
use storage_core::artifacts::{
    ASIDE, Arrival, ArtifactKey, Entry, File, Happening, Log, Notification, Quarantined, Reason,
    Verdict, claims_a_kind, is_later, quarantine_key, read_notifications,
};
use storage_core::{Digest, Plan, Step};

use super::examine;
use super::{ArtifactStore, Error, RACES, Result};
use crate::numbered::{Numbered, Retry};
use crate::store::{Object, StoreErrorKind};

/// What was done about one notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Notice {
    /// The key that it was about, with the prefix of the store.
    pub key: String,
    /// What was done.
    #[serde(flatten)]
    pub noticed: Noticed,
}

/// What was done about a notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "noticed", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Noticed {
    /// The file passed its checks and is an artifact now.
    Accepted {
        /// Its digest.
        sha256: Digest,
    },
    /// The file was put aside.
    Quarantined {
        /// Why.
        reasons: Vec<Reason>,
    },
    /// The artifact is not there any more; that is written down now.
    Removed,
    /// Nothing: all that it tells is known.
    Known,
    /// Nothing: a later one was acted upon.
    Stale,
    /// Nothing: what it tells of is not there any more.
    Gone,
    /// The key could only be meant for an artifact and cannot be one; that is written down now, and the
    /// object is left alone.
    Unnamed {
        /// What is wrong with the key.
        reason: String,
    },
    /// Nothing: it is not about artifacts.
    Ignored {
        /// Why.
        reason: String,
    },
}

impl ArtifactStore {
    /// Acts on a message with notifications of S3, in any of the wrappings in which they come. The same
    /// message again, or one that comes late, changes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::Refused`] for what is no notification: delivering it again cannot help. What the store,
    /// the scanner and the ledger say: if [`Error::is_retryable`], let the message be delivered again;
    /// what was done stays done.
    pub async fn on_event(&self, message: &[u8]) -> Result<Vec<Notice>> {
        let mut notices = Vec::new();
        for notification in read_notifications(message)? {
            let noticed = self.notice(&notification).await?;
            notices.push(Notice { key: notification.key, noticed });
        }
        Ok(notices)
    }

    async fn notice(&self, notification: &Notification) -> Result<Noticed> {
        let ignored = |reason: &str| Ok(Noticed::Ignored { reason: reason.to_owned() });
        if let Happening::Other(name) = &notification.happening {
            return ignored(&format!("`{}` changes no content", name.escape_debug()));
        }
        let location = self.reader.store.backend().location();
        let bucket = location.strip_prefix("s3://");
        if bucket.is_some_and(|it| it.trim_end_matches('/') != notification.bucket) {
            return ignored("it is about another bucket");
        }
        let Some(name) = notification.key.strip_prefix(self.reader.store.prefix()) else {
            return ignored("it is about another part of the bucket");
        };
        if name.starts_with("_strongroom/") {
            return ignored("it is about an object of strongroom itself");
        }
        let key: ArtifactKey = match name.parse() {
            Ok(key) => key,
            Err(error) if claims_a_kind(name) => {
                return self.unnamed(notification, &error.to_string()).await;
            }
            Err(_) => return ignored("its key is none of an artifact"),
        };
        for race in 0..RACES {
            let log = self.reader.log(&key.release().log()).await?;
            let decided = match notification.happening {
                Happening::Created => self.created(&log, &key, notification).await?,
                _ => self.removed(&log, &key, notification).await?,
            };
            match decided {
                Decided::Nothing(noticed) => return Ok(noticed),
                Decided::Plan(plan, noticed) => {
                    if self.perform(&plan).await?.is_some() {
                        return Ok(noticed);
                    }
                }
            }
            Retry::between_races(race).await;
        }
        Err(Error::Contended { resource: key.to_string(), times: RACES })
    }

    async fn created(
        &self,
        log: &Log,
        key: &ArtifactKey,
        notification: &Notification,
    ) -> Result<Decided> {
        let file = log.file(key);
        if let Some(noticed) = seen(file, notification) {
            return Ok(Decided::Nothing(noticed));
        }
        let Some(object) = self.object(key, notification).await? else {
            return Ok(Decided::Nothing(Noticed::Gone));
        };
        // Our own put, or one that was checked: its version never changes.
        if let Some(file) = file
            && let Some(entry) = file.entry.as_ref().filter(|_| !file.removed)
            && entry.version.is_some()
            && entry.version.as_deref() == object.version.as_ref().map(|it| it.0.as_str())
        {
            return Ok(Decided::Nothing(Noticed::Known));
        }
        let (store, name) = (&self.reader.store, key.to_string());
        let limit_bytes = self.options.rules.limit_bytes(key.release().kind());
        let examined = examine::receive_object(
            store,
            &name,
            object.version.as_ref(),
            object.size_bytes,
            limit_bytes,
            self.options.scanner.is_some(),
        );
        let examined = examined.await?;
        let expected = log.expected(key);
        let media_type = object.content_type.as_deref();
        let mut reasons = self.reasons(key, &examined, media_type, &expected);
        reasons.extend(self.scan(&examined).await?);
        let who = self.options.who();
        let arrival = arrival(notification);
        let version = object.version.map(|it| it.0);
        match log.judge_arrived(key, examined.sha256, reasons) {
            Verdict::Same(_) => Ok(Decided::Nothing(Noticed::Known)),
            Verdict::Accept => {
                let sha256 = examined.sha256;
                let mut entry = Entry::new(sha256, examined.size_bytes, key.media_type());
                entry.version = version;
                entry.scanned_by = self.scanner_name();
                let plan = log.accept(key, entry, arrival, &who)?;
                Ok(Decided::Plan(Box::new(plan), Noticed::Accepted { sha256 }))
            }
            Verdict::Quarantine(reasons) => {
                let sha256 = examined.sha256;
                let kept_at = quarantine_key(&sha256);
                let copy = Step::Copy {
                    from: name.clone(),
                    version: version.clone(),
                    to: kept_at.clone(),
                    sha256,
                    content_type: "application/octet-stream".to_owned(),
                };
                let aside = Quarantined {
                    sha256: Some(sha256),
                    size_bytes: examined.size_bytes,
                    kept_at: Some(kept_at),
                    reasons: reasons.clone(),
                };
                let steps = vec![copy, Step::Delete { key: name, version }];
                let noticed = Noticed::Quarantined { reasons };
                let plan = log.quarantine(key, aside, arrival, steps, &who)?;
                Ok(Decided::Plan(Box::new(plan), noticed))
            }
        }
    }

    async fn removed(
        &self,
        log: &Log,
        key: &ArtifactKey,
        notification: &Notification,
    ) -> Result<Decided> {
        let file = log.file(key);
        if let Some(noticed) = seen(file, notification) {
            return Ok(Decided::Nothing(noticed));
        }
        if file.is_none_or(|it| it.entry.is_none() || it.removed) {
            return Ok(Decided::Nothing(Noticed::Known));
        }
        match self.reader.store.head(key.to_string()).await {
            // It is back, or another version of it went.
            Ok(_) => return Ok(Decided::Nothing(Noticed::Stale)),
            Err(error) if error.kind == StoreErrorKind::NotFound => {}
            Err(error) => return Err(Error::store("look for an artifact")(error)),
        }
        let plan = log.removed(key, arrival(notification), &self.options.who())?;
        Ok(Decided::Plan(Box::new(plan), Noticed::Removed))
    }

    /// What the notification tells of, if it is still there.
    async fn object(
        &self,
        key: &ArtifactKey,
        notification: &Notification,
    ) -> Result<Option<Object>> {
        let store = &self.reader.store;
        let name = key.to_string();
        let head = match &notification.version {
            Some(version) => {
                store.head_version(&name, &crate::store::Version(version.clone())).await
            }
            None => store.head(&name).await,
        };
        match head {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.kind == StoreErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::store("look at what came")(error)),
        }
    }

    /// Writes down, once, that there is an object whose key cannot be one.
    async fn unnamed(&self, notification: &Notification, reason: &str) -> Result<Noticed> {
        let parts = [
            notification.key.as_str(),
            notification.version.as_deref().unwrap_or_default(),
            notification.sequencer.as_deref().unwrap_or_default(),
        ];
        let id = Digest::of(parts.join("\n").as_bytes()).hex();
        let prefix = format!("{ASIDE}unnamed/{id}/");
        let store = self.reader.store.clone();
        let written = Numbered::new(store, prefix.as_str(), self.reader.conditions);
        let written = written.with_retry(self.options.retry).get(0).await;
        if written.map_err(Error::store("look for what was written down"))?.is_some() {
            return Ok(Noticed::Known);
        }
        let who = self.options.who();
        let shown: String =
            notification.key.chars().take(200).flat_map(char::escape_debug).collect();
        let plan = Plan::new("artifact.unnamed", who.actor, shown, who.at)
            .claiming(prefix, 0)
            .saying("reason", reason);
        Ok(match self.perform(&plan).await? {
            Some(_) => Noticed::Unnamed { reason: reason.to_owned() },
            None => Noticed::Known,
        })
    }
}

enum Decided {
    Nothing(Noticed),
    Plan(Box<Plan>, Noticed),
}

/// Whether this notification, or a later one of the same key, was acted upon.
fn seen(file: Option<&File>, notification: &Notification) -> Option<Noticed> {
    let before = file?.arrival.as_ref()?.sequencer.as_deref()?;
    let now = notification.sequencer.as_deref()?;
    match is_later(now, before) {
        true => None,
        false if is_later(before, now) => Some(Noticed::Stale),
        false => Some(Noticed::Known),
    }
}

fn arrival(notification: &Notification) -> Arrival {
    Arrival {
        sequencer: notification.sequencer.clone(),
        version: notification.version.clone(),
        principal: notification.principal.clone(),
    }
}
