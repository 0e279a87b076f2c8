//! The promises other than conditions.

use std::time::Duration;

use futures_util::TryStreamExt as _;
use sha2::{Digest as _, Sha256};

use super::super::{
    BucketState, Deleted, LockMode, Put, StoreError, StoreErrorKind, Version, Versioning,
};
use super::scratch::Scratch;
use super::{Check, Outcome};

impl Check {
    fn kept(name: &'static str, seen: impl Into<String>) -> Self {
        Self { name, outcome: Outcome::Kept, seen: seen.into(), remedy: None }
    }

    fn absent(name: &'static str, seen: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (seen, remedy) = (seen.into(), Some(remedy.into()));
        Self { name, outcome: Outcome::Absent, seen, remedy }
    }

    fn broken(name: &'static str, seen: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (seen, remedy) = (seen.into(), Some(remedy.into()));
        Self { name, outcome: Outcome::Broken, seen, remedy }
    }
}

const ANOTHER_SERVER: &str = "use another server";

/// What was written is read, at once and in full.
pub(super) async fn reading(scratch: &Scratch) -> Result<Check, StoreError> {
    const NAME: &str = "read-after-write";
    let store = &scratch.store;
    for body in ["first", "second", ""] {
        store.put("read", body, &scratch.put(Put::default())).await?;
        if store.get("read").await?.body != body {
            let seen = "a read right after a write gave something else";
            return Ok(Check::broken(NAME, seen, ANOTHER_SERVER));
        }
    }
    Ok(Check::kept(NAME, "what was written was read right after"))
}

/// The store keeps the sum of a body.
pub(super) async fn checksum(scratch: &Scratch) -> Result<Check, StoreError> {
    const NAME: &str = "checksum";
    let store = &scratch.store;
    let body = "a body with a sum";
    store.put("sum", body, &scratch.put(Put::default())).await?;
    Ok(match store.head("sum").await?.sha256 {
        Some(sum) if sum == Sha256::digest(body)[..] => {
            Check::kept(NAME, "the SHA-256 of a body is kept with it")
        }
        Some(_) => {
            Check::broken(NAME, "the SHA-256 that is kept is not that of the body", ANOTHER_SERVER)
        }
        None => Check::absent(
            NAME,
            "no SHA-256 is kept",
            "nothing: the ledger has sums of its own; damage on the way is noticed later",
        ),
    })
}

/// Keys are listed completely, in the order of their bytes, from any of them on.
pub(super) async fn listing(scratch: &Scratch) -> Result<Check, StoreError> {
    const NAME: &str = "listing";
    const KEYS: [&str; 7] =
        ["list/a", "list/a b+c", "list/a//b", "list/b%2F#?", "list/é", "list/\u{ffee}", "list/😀"];
    let store = &scratch.store;
    let mut wrong = None;
    for key in KEYS {
        match store.put(key, "x", &scratch.put(Put::default())).await {
            Ok(_) => {}
            Err(error) if error.kind == StoreErrorKind::Invalid => wrong = Some(error.reason),
            Err(error) => return Err(error),
        }
    }
    // Pages of two, so that there are several.
    let mut listed = Vec::new();
    let mut after: Option<String> = None;
    loop {
        let page = match store.list("list/", after.as_deref(), 2).await {
            Ok(page) => page,
            Err(error) if error.kind == StoreErrorKind::Invalid => {
                wrong = Some(error.reason);
                break;
            }
            Err(error) => return Err(error),
        };
        listed.extend(page.entries.into_iter().map(|it| it.key.as_str().to_owned()));
        if page.next.is_none() || listed.len() > 2 * KEYS.len() {
            break;
        }
        after = page.next;
    }
    if wrong.is_none() && listed != KEYS {
        wrong = Some(format!(
            "{} of {} keys came back as they were written",
            count(&listed, &KEYS),
            KEYS.len()
        ));
    }
    Ok(match wrong {
        None => Check::kept(NAME, "keys of all kinds are listed in the order of their bytes"),
        // The ledger's own keys are ASCII without anything special.
        Some(seen) if listed.iter().any(|it| it == KEYS[0]) => Check::absent(
            NAME,
            seen,
            "nothing for the ledger, whose keys are plain; keep others to letters, digits, `-` and `/`",
        ),
        Some(seen) => Check::broken(NAME, seen, ANOTHER_SERVER),
    })
}

fn count(listed: &[String], keys: &[&str]) -> usize {
    keys.iter().filter(|key| listed.iter().any(|it| it == *key)).count()
}

/// Overwritten and deleted states are kept.
pub(super) fn versioning(bucket: &BucketState) -> Check {
    const NAME: &str = "versioning";
    const SWITCH_ON: &str =
        "switch versioning on: without it whoever may write can replace what was written";
    match bucket.versioning {
        Versioning::On => Check::kept(NAME, "every write makes a version"),
        Versioning::Off => Check::absent(NAME, "overwritten states are lost", SWITCH_ON),
        Versioning::Suspended => {
            Check::broken(NAME, "versioning is suspended: new states replace each other", SWITCH_ON)
        }
    }
}

/// A delete hides an object and leaves its version.
pub(super) async fn delete_marker(
    scratch: &Scratch,
    bucket: &BucketState,
) -> Result<Check, StoreError> {
    const NAME: &str = "delete-marker";
    let store = &scratch.store;
    let key = "deleted";
    let written = store.put(key, "one", &scratch.put(Put::absent())).await?;
    let deleted = match store.delete(key).await {
        Ok(deleted) => deleted,
        Err(error) if error.kind == StoreErrorKind::Denied => {
            return Ok(Check::kept(NAME, "these credentials may not delete at all"));
        }
        Err(error) => return Err(error),
    };
    let hidden = store.get_if_there(key).await?.is_none();
    if bucket.versioning != Versioning::On {
        return Ok(if hidden {
            Check::absent(NAME, "what is deleted is gone", "switch versioning on")
        } else {
            Check::broken(NAME, "what was deleted is still there", ANOTHER_SERVER)
        });
    }
    let versions: Vec<_> = store.versions_all(key).try_collect().await?;
    let marker = versions.iter().any(|it| it.delete_marker && it.latest);
    let kept = match &written.version {
        Some(version) => store.get_version(key, version).await.is_ok_and(|it| it.body == "one"),
        None => false,
    };
    if !(hidden && marker && kept && matches!(deleted, Deleted::Marked(_))) {
        let seen = "a delete did not leave a marker and the version below it";
        return Ok(Check::broken(NAME, seen, ANOTHER_SERVER));
    }
    // On AWS the condition looks at what is current (AWS: "Conditional requests").
    let again = store.put(key, "two", &scratch.put(Put::absent())).await;
    let seen = match again {
        Ok(_) => "a delete leaves a marker and the version; then the key counts as free",
        Err(error) if error.kind == StoreErrorKind::Exists => {
            "a delete leaves a marker and the version; the key stays taken"
        }
        Err(error) => return Err(error),
    };
    Ok(Check::kept(NAME, seen))
}

/// Retention and legal hold.
pub(super) async fn locks(
    scratch: &Scratch,
    bucket: &BucketState,
) -> Result<Vec<Check>, StoreError> {
    if !bucket.object_lock {
        return Ok(vec![Check::absent(
            "object-lock",
            "versions cannot be protected from deletion",
            "if the log must outlast its administrators, make a bucket with Object Lock",
        )]);
    }
    let mut checks = Vec::new();
    for (name, mode) in
        [("lock-governance", LockMode::Governance), ("lock-compliance", LockMode::Compliance)]
    {
        checks.push(lock(scratch, name, mode).await?);
    }
    checks.push(legal_hold(scratch).await?);
    Ok(checks)
}

async fn lock(scratch: &Scratch, name: &'static str, mode: LockMode) -> Result<Check, StoreError> {
    let store = &scratch.store;
    let lock = scratch.lock(mode);
    let put = Put::default().locked(Some(lock));
    let Some(version) = store.put(name, "kept", &put).await?.version else {
        return Ok(Check::broken(name, "a write was not given a version", ANOTHER_SERVER));
    };
    let said = store.head_version(name, &version).await?.lock.map(|it| it.mode);
    if said != Some(mode) {
        return Ok(Check::broken(name, "the lock that was asked for is not there", ANOTHER_SERVER));
    }
    // Compliance is tried with the bypass too, which must not help.
    let bypasses: &[bool] = match mode {
        LockMode::Governance => &[false],
        LockMode::Compliance => &[false, true],
    };
    for bypass in bypasses {
        if let Some(seen) = deleted(scratch, name, &version, *bypass).await? {
            return Ok(Check::broken(name, seen, ANOTHER_SERVER));
        }
    }
    if mode == LockMode::Compliance {
        let shorter = super::super::Lock { until: lock.until - Duration::from_secs(5), ..lock };
        if store.retain(name, Some(&version), shorter, true).await.is_ok() {
            let seen = "a retention in compliance mode was shortened";
            return Ok(Check::broken(name, seen, ANOTHER_SERVER));
        }
    }
    Ok(Check::kept(name, "a locked version was not deleted"))
}

async fn legal_hold(scratch: &Scratch) -> Result<Check, StoreError> {
    const NAME: &str = "legal-hold";
    let store = &scratch.store;
    let written = store.put(NAME, "held", &scratch.put(Put::default())).await?;
    let Some(version) = written.version else {
        return Ok(Check::broken(NAME, "a write was not given a version", ANOTHER_SERVER));
    };
    match store.hold(NAME, Some(&version), true).await {
        Ok(()) => {}
        // A writer of a ledger needs no such permission.
        Err(error) if error.kind == StoreErrorKind::Denied => {
            let seen = "these credentials may not set a legal hold";
            return Ok(Check::absent(NAME, seen, "nothing: the ledger sets none"));
        }
        Err(error) => return Err(error),
    }
    let seen = deleted(scratch, NAME, &version, true).await?;
    // Lifted before anything else, or the scratch prefix could never be cleaned.
    store.hold(NAME, Some(&version), false).await?;
    Ok(match seen {
        Some(seen) => Check::broken(NAME, seen, ANOTHER_SERVER),
        None => Check::kept(NAME, "a held version was not deleted"),
    })
}

/// What was wrong with the answer to a delete that must be refused.
async fn deleted(
    scratch: &Scratch,
    key: &str,
    version: &Version,
    bypass: bool,
) -> Result<Option<&'static str>, StoreError> {
    let answer = scratch.store.delete_version(key, version, bypass).await;
    match scratch.store.get_version(key, version).await {
        Err(error) if error.kind == StoreErrorKind::NotFound => {
            Ok(Some("a locked version was deleted"))
        }
        Err(error) => Err(error),
        Ok(_) => Ok(match answer {
            Ok(_) => Some("a delete of a locked version was answered with success"),
            Err(error) => match error.kind {
                StoreErrorKind::Protected | StoreErrorKind::Denied => None,
                _ => return Err(error),
            },
        }),
    }
}
