//! Protection by date and by hold (AWS: "Locking objects with Object Lock").

use std::time::Duration;

use super::{Scratch, Verdict, ensure, refused, same, skipped};
use crate::store::{Deleted, Lock, LockMode, Put, StoreErrorKind, Version};

pub(super) async fn no_lock(scratch: Scratch) -> Verdict {
    let store = &scratch.store;
    if store.bucket().await?.object_lock {
        return skipped("object lock is on");
    }
    let lock = scratch.lock(LockMode::Governance, 1);
    let locked = Put::default().locked(Some(lock));
    let put = store.put("key", "body", &locked).await;
    refused("writing with a lock", put, StoreErrorKind::Invalid)?;
    let held = Put { legal_hold: true, ..Put::default() };
    let put = store.put("key", "body", &held).await;
    refused("writing with a legal hold", put, StoreErrorKind::Invalid)?;
    refused("reading it", store.get("key").await, StoreErrorKind::NotFound)?;
    store.put("key", "body", &Put::default()).await?;
    let retained = store.retain("key", None, lock, false).await;
    refused("retaining", retained, StoreErrorKind::Invalid)?;
    refused("holding", store.hold("key", None, true).await, StoreErrorKind::Invalid)?;
    let object = store.head("key").await?;
    same("its protection", (object.lock, object.legal_hold), (None, false))
}

/// What can be said of both modes: the version is protected and cannot be weakened.
async fn protected(scratch: &Scratch, mode: LockMode) -> Result<(Version, Lock), super::Trouble> {
    scratch.locking().await?;
    let store = &scratch.store;
    let lock = scratch.lock(mode, 2);
    let put = Put::absent().locked(Some(lock));
    let version = Scratch::version(store.put("key", "body", &put).await?)?;
    same("the lock", store.head("key").await?.lock, Some(lock))?;
    let deleted = store.delete_version("key", &version, false).await;
    refused("deleting a protected version", deleted, StoreErrorKind::Protected)?;
    let shorter = scratch.lock(mode, 1);
    let shortened = store.retain("key", Some(&version), shorter, false).await;
    refused("shortening a retention", shortened, StoreErrorKind::Protected)?;
    let longer = scratch.lock(mode, 3);
    store.retain("key", Some(&version), longer, false).await?;
    same("the extended lock", store.head_version("key", &version).await?.lock, Some(longer))?;
    let deleted = store.delete_version("key", &version, false).await;
    refused("deleting a protected version", deleted, StoreErrorKind::Protected)?;
    same("the body", &*store.get_version("key", &version).await?.body, b"body")?;
    Ok((version, longer))
}

pub(super) async fn governance(scratch: Scratch) -> Verdict {
    let (version, _) = protected(&scratch, LockMode::Governance).await?;
    let store = &scratch.store;
    let shorter = scratch.lock(LockMode::Governance, 1);
    store.retain("key", Some(&version), shorter, true).await?;
    same("the lock after a bypass", store.head("key").await?.lock, Some(shorter))?;
    let deleted = store.delete_version("key", &version, false).await;
    refused("deleting a protected version", deleted, StoreErrorKind::Protected)?;
    store.delete_version("key", &version, true).await?;
    refused("reading it", store.get("key").await, StoreErrorKind::NotFound)
}

pub(super) async fn compliance(scratch: Scratch) -> Verdict {
    let (version, lock) = protected(&scratch, LockMode::Compliance).await?;
    let store = &scratch.store;
    let deleted = store.delete_version("key", &version, true).await;
    refused("deleting with a bypass", deleted, StoreErrorKind::Protected)?;
    let shorter = scratch.lock(LockMode::Compliance, 1);
    let shortened = store.retain("key", Some(&version), shorter, true).await;
    refused("shortening with a bypass", shortened, StoreErrorKind::Protected)?;
    let weaker = Lock { mode: LockMode::Governance, ..lock };
    let weakened = store.retain("key", Some(&version), weaker, true).await;
    refused("changing to governance", weakened, StoreErrorKind::Protected)?;
    same("the lock", store.head_version("key", &version).await?.lock, Some(lock))?;
    if scratch.locking().await?.default_lock.is_some() {
        return Ok(());
    }
    // Protecting later protects as well.
    let second = Scratch::version(store.put("later", "body", &Put::default()).await?)?;
    let late = scratch.lock(LockMode::Compliance, 2);
    store.retain("later", None, late, false).await?;
    same("the later lock", store.head("later").await?.lock, Some(late))?;
    let deleted = store.delete_version("later", &second, true).await;
    refused("deleting what was protected later", deleted, StoreErrorKind::Protected)
}

pub(super) async fn legal_hold(scratch: Scratch) -> Verdict {
    let state = scratch.locking().await?;
    let store = &scratch.store;
    let held = Put { legal_hold: true, ..Put::absent() };
    let version = Scratch::version(store.put("key", "body", &held).await?)?;
    ensure(store.head("key").await?.legal_hold, || "the hold is not seen".to_owned())?;
    for bypass in [false, true] {
        let deleted = store.delete_version("key", &version, bypass).await;
        refused("deleting what is held", deleted, StoreErrorKind::Protected)?;
    }
    store.hold("key", Some(&version), false).await?;
    ensure(!store.head("key").await?.legal_hold, || "the hold is not lifted".to_owned())?;
    // Setting what is set changes nothing.
    for on in [true, true, false, false] {
        store.hold("key", None, on).await?;
        same("the hold", store.head_version("key", &version).await?.legal_hold, on)?;
    }
    if state.default_lock.is_none() {
        store.delete_version("key", &version, false).await?;
        refused("reading it", store.get("key").await, StoreErrorKind::NotFound)?;
    }
    Ok(())
}

pub(super) async fn default_lock(scratch: Scratch) -> Verdict {
    let Some((mode, days)) = scratch.locking().await?.default_lock else {
        return skipped("the bucket has no default lock");
    };
    let store = &scratch.store;
    let before = scratch.settings.clock.now();
    let version = Scratch::version(store.put("key", "body", &Put::default()).await?)?;
    let Some(lock) = store.head("key").await?.lock else {
        return ensure(false, || "the version has no lock".to_owned());
    };
    same("the mode", lock.mode, mode)?;
    // The clock of a server is not ours.
    let off = (lock.until - before - chrono::Duration::days(days.into())).abs();
    ensure(off < chrono::Duration::minutes(10), || format!("it is kept until {}", lock.until))?;
    let deleted = store.delete_version("key", &version, false).await;
    refused("deleting a protected version", deleted, StoreErrorKind::Protected)?;
    let part: futures_util::stream::BoxStream<'_, _> =
        Box::pin(futures_util::stream::iter([Ok("body".into())]));
    store.upload("upload", part, &Put::default()).await?;
    let lock = store.head("upload").await?.lock;
    same("the mode of an upload", lock.map(|it| it.mode), Some(mode))?;
    // Who names a lock gets that one.
    let own = scratch.lock(mode, 3);
    store.put("own", "body", &Put::default().locked(Some(own))).await?;
    same("the lock of the writer", store.head("own").await?.lock, Some(own))
}

pub(super) async fn past_lock(scratch: Scratch) -> Verdict {
    scratch.locking().await?;
    let store = &scratch.store;
    // Far enough for clocks that differ.
    let until = scratch.settings.clock.now() - Duration::from_secs(24 * 60 * 60);
    let lock = Lock { mode: LockMode::Governance, until };
    let put = store.put("key", "body", &Put::default().locked(Some(lock))).await;
    refused("a lock that ended", put, StoreErrorKind::Invalid)?;
    refused("reading it", store.get("key").await, StoreErrorKind::NotFound)
}

pub(super) async fn lock_hides_nothing(scratch: Scratch) -> Verdict {
    scratch.locking().await?;
    let store = &scratch.store;
    let lock = scratch.lock(LockMode::Compliance, 1);
    let put = Put::absent().locked(Some(lock));
    let first = Scratch::version(store.put("key", "first", &put).await?)?;
    store.put("key", "second", &Put::default()).await?;
    same("the current body", &*store.get("key").await?.body, b"second")?;
    let deleted = store.delete("key").await?;
    ensure(matches!(deleted, Deleted::Marked(_)), || format!("a deletion gave {deleted:?}"))?;
    refused("reading it", store.get("key").await, StoreErrorKind::NotFound)?;
    let read = store.get_version("key", &first).await?;
    same("the protected body", &*read.body, b"first")?;
    same("its lock", read.object.lock.or(store.head_version("key", &first).await?.lock), Some(lock))
}
