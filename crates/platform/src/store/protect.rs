//! The rules of protection that the local directory and the memory share with S3 (AWS: "Locking
//! objects with Object Lock").

use chrono::{DateTime, Days, Utc};

use super::{BucketState, Key, Lock, LockMode, Put, StoreError, StoreErrorKind, Versioning};

/// What protects one version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(super) struct Protection {
    /// Until a date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) lock: Option<Lock>,
    /// Until lifted.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) legal_hold: bool,
}

/// How a bucket can be set up at all: what protects versions needs versions.
pub(super) fn settle(state: &BucketState) -> Result<(), StoreError> {
    if state.object_lock && state.versioning != Versioning::On {
        return Err(StoreError::invalid("object lock needs versioning to be on"));
    }
    match state.default_lock {
        Some(_) if !state.object_lock => {
            Err(StoreError::invalid("a default lock needs object lock to be on"))
        }
        Some((_, 0)) => Err(StoreError::invalid("a default lock of 0 days protects nothing")),
        _ => Ok(()),
    }
}

/// What protects a version that is written now.
pub(super) fn of_new(
    state: &BucketState,
    put: &Put,
    key: &Key,
    now: DateTime<Utc>,
) -> Result<Protection, StoreError> {
    if put.lock.is_some() || put.legal_hold {
        needs_object_lock(state, "write", key)?;
    }
    if let Some(lock) = put.lock {
        in_the_future(lock, now, "write", key)?;
    }
    let by_default = || {
        let (mode, days) = state.default_lock?;
        Some(Lock { mode, until: now.checked_add_days(Days::new(days.into()))? })
    };
    Ok(Protection { lock: put.lock.or_else(by_default), legal_hold: put.legal_hold })
}

impl Protection {
    /// Whether a version may go.
    pub(super) fn allows_deletion(
        &self,
        key: &Key,
        bypass: bool,
        now: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let protected =
            |reason| Err(StoreError::new(StoreErrorKind::Protected, "delete", Some(key), reason));
        if self.legal_hold {
            return protected("it is under a legal hold".to_owned());
        }
        match self.lock {
            Some(lock) if lock.until > now && !(bypass && lock.mode == LockMode::Governance) => {
                protected(format!("it is kept until {}", rfc3339(lock.until)))
            }
            _ => Ok(()),
        }
    }

    /// The protection after `lock` is asked for.
    pub(super) fn retained(
        self,
        key: &Key,
        lock: Lock,
        bypass: bool,
        now: DateTime<Utc>,
    ) -> Result<Self, StoreError> {
        in_the_future(lock, now, "retain", key)?;
        if let Some(current) = self.lock.filter(|current| current.until > now) {
            let weaker = lock.until < current.until || lock.mode != current.mode;
            let lifted = bypass && current.mode == LockMode::Governance;
            // Compliance is stronger than governance, and still only a bypass changes the mode.
            if weaker && !lifted {
                return Err(StoreError::new(
                    StoreErrorKind::Protected,
                    "retain",
                    Some(key),
                    format!(
                        "it is kept until {}; this can be extended, not weakened",
                        rfc3339(current.until)
                    ),
                ));
            }
        }
        Ok(Self { lock: Some(lock), ..self })
    }
}

/// Refuses protection where there can be none.
pub(super) fn needs_object_lock(
    state: &BucketState,
    act: &'static str,
    key: &Key,
) -> Result<(), StoreError> {
    if state.object_lock {
        return Ok(());
    }
    let reason = "nothing can be protected here: object lock is off";
    Err(StoreError::new(StoreErrorKind::Invalid, act, Some(key), reason))
}

fn in_the_future(
    lock: Lock,
    now: DateTime<Utc>,
    act: &'static str,
    key: &Key,
) -> Result<(), StoreError> {
    if lock.until > now {
        return Ok(());
    }
    let reason = format!("the retention would end in the past, at {}", rfc3339(lock.until));
    Err(StoreError::new(StoreErrorKind::Invalid, act, Some(key), reason))
}

fn rfc3339(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}
