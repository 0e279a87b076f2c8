//! Versions and delete markers (AWS: "Retaining multiple versions of objects with S3 Versioning").

use super::{Scratch, Trouble, Verdict, ensure, refused, same, skipped};
use crate::store::{Deleted, Put, Store, StoreErrorKind, Version, VersionEntry, Versioning};

async fn listed(store: &Store, key: &str) -> Result<Vec<VersionEntry>, Trouble> {
    Ok(store.list_versions(key, None).await?.entries)
}

pub(super) async fn one_state(scratch: Scratch) -> Verdict {
    let store = &scratch.store;
    if store.bucket().await?.versioning != Versioning::Off {
        return skipped("the bucket keeps versions");
    }
    for body in ["first", "second"] {
        let written = store.put("key", body, &Put::default()).await?;
        same("the version", written.version, None)?;
    }
    let entries = listed(store, "key").await?;
    same("the number of versions", entries.len(), 1)?;
    let entry = &entries[0];
    ensure(entry.latest && !entry.delete_marker, || format!("it is listed as {entry:?}"))?;
    let read = store.get_version("key", &entry.version).await?;
    same("the version that is listed", &*read.body, b"second")?;
    same("what a deletion says", store.delete("key").await?, Deleted::Removed)?;
    refused("reading it", store.get("key").await, StoreErrorKind::NotFound)?;
    same("the number of versions", listed(store, "key").await?.len(), 0)
}

pub(super) async fn versions(scratch: Scratch) -> Verdict {
    let state = scratch.versioned().await?;
    let store = &scratch.store;
    let mut written = Vec::new();
    for body in ["first", "second", "second", "third"] {
        written.push((Scratch::version(store.put("key", body, &Put::default()).await?)?, body));
    }
    store.put("key2", "another key", &Put::default()).await?;
    let entries = listed(store, "key").await?;
    let mut want: Vec<Version> = written.iter().rev().map(|it| it.0.clone()).collect();
    let got: Vec<Version> =
        entries.iter().filter(|it| it.key.as_str() == "key").map(|it| it.version.clone()).collect();
    same("the versions, newest first", &got, &want)?;
    same("what is listed", entries.len(), want.len() + 1)?;
    let latest: Vec<bool> = entries.iter().map(|it| it.latest).collect();
    same("which is the latest", latest, vec![true, false, false, false, true])?;
    for (version, body) in &written {
        let read = store.get_version("key", version).await?;
        same("the body of a version", &*read.body, body.as_bytes())?;
        same("the version that was read", read.object.version.as_ref(), Some(version))?;
        let head = store.head_version("key", version).await?;
        same("the length of a version", head.size_bytes, body.len() as u64)?;
    }
    same("the current version", store.head("key").await?.version, Some(want[0].clone()))?;
    if state.default_lock.is_some() {
        // They cannot be deleted.
        return Ok(());
    }
    let newest = want.remove(0);
    let gone = store.delete_version("key", &newest, false).await?;
    same("what the deletion of a version says", gone, Deleted::Removed)?;
    refused(
        "reading a version that is gone",
        store.get_version("key", &newest).await,
        StoreErrorKind::NotFound,
    )?;
    let gone = store.delete_version("key", &newest, false).await?;
    same("what the second deletion says", gone, Deleted::Removed)?;
    same("the current body", &*store.get("key").await?.body, b"second")?;
    let left: Vec<Version> = listed(store, "key").await?.into_iter().map(|it| it.version).collect();
    same("the versions that are left", &left[..want.len()], &want)
}

pub(super) async fn delete_markers(scratch: Scratch) -> Verdict {
    scratch.versioned_and_free().await?;
    let store = &scratch.store;
    let first = Scratch::version(store.put("key", "first", &Put::default()).await?)?;
    let Deleted::Marked(marker) = store.delete("key").await? else {
        let why = "a deletion removed an object although versions are kept";
        return Err(Trouble::Failed(why.to_owned()));
    };
    refused("reading it", store.get("key").await, StoreErrorKind::NotFound)?;
    refused("looking at it", store.head("key").await, StoreErrorKind::NotFound)?;
    same("the number of objects", store.list("key", None, 10).await?.entries.len(), 0)?;
    let entries = listed(store, "key").await?;
    let seen: Vec<_> =
        entries.iter().map(|it| (it.version.clone(), it.delete_marker, it.latest)).collect();
    let want = vec![(marker.clone(), true, true), (first.clone(), false, false)];
    same("the versions", seen, want)?;
    same("the hidden body", &*store.get_version("key", &first).await?.body, b"first")?;
    // A marker is not an object: the next writer finds the place free.
    let second = Scratch::version(store.put("key", "second", &Put::absent()).await?)?;
    same("the body", &*store.get("key").await?.body, b"second")?;
    same("the number of versions", listed(store, "key").await?.len(), 3)?;
    store.delete_version("key", &second, false).await?;
    refused("reading it", store.get("key").await, StoreErrorKind::NotFound)?;
    // Without the marker the object is back.
    store.delete_version("key", &marker, false).await?;
    same("the body", &*store.get("key").await?.body, b"first")?;
    store.delete_version("key", &first, false).await?;
    same("the number of versions", listed(store, "key").await?.len(), 0)
}
