//! One object: written, read, looked at, deleted.

use sha2::{Digest as _, Sha256};

use super::{Scratch, Trouble, Verdict, ensure, refused, same, skipped};
use crate::store::{Deleted, Put, StoreErrorKind, Versioning};

pub(super) async fn read_after_write(scratch: Scratch) -> Verdict {
    let store = &scratch.store;
    let mut before = None;
    for body in ["first", "the second is longer", "", "3"] {
        store.put("key", body, &Put::default()).await?;
        let read = store.get("key").await?;
        same("the body", &*read.body, body.as_bytes())?;
        same("the length", read.object.size_bytes, body.len() as u64)?;
        same("the key", read.object.key.as_str(), "key")?;
        let head = store.head("key").await?;
        same("the length", head.size_bytes, body.len() as u64)?;
        same("the tag", &head.tag, &read.object.tag)?;
        let other = head.tag.is_none() || head.tag != before;
        ensure(other, || format!("other bytes have the tag {:?} too", head.tag))?;
        before = head.tag;
        let listed = store.list("key", None, 10).await?.entries;
        let sizes: Vec<u64> = listed.iter().map(|it| it.size_bytes).collect();
        same("the lengths in the listing", sizes, vec![body.len() as u64])?;
    }
    Ok(())
}

pub(super) async fn put_if_absent(scratch: Scratch) -> Verdict {
    let store = &scratch.store;
    store.put("key", "first", &Put::absent()).await?;
    for body in ["second", "first", ""] {
        let again = store.put("key", body, &Put::absent()).await;
        refused("writing where an object is", again, StoreErrorKind::Exists)?;
    }
    same("the body", &*store.get("key").await?.body, b"first")?;
    if store.bucket().await?.versioning != Versioning::Off {
        let versions = store.list_versions("key", None).await?.entries;
        same("the number of versions", versions.len(), 1)?;
    }
    // Neighbours are other keys.
    for neighbour in ["key/", "key/key", "ke", "Key"] {
        store.put(neighbour, neighbour, &Put::absent()).await?;
    }
    store.delete("key").await?;
    store.put("key", "after the deletion", &Put::absent()).await?;
    same("the body", &*store.get("key").await?.body, b"after the deletion")
}

pub(super) async fn ranges(scratch: Scratch) -> Verdict {
    let store = &scratch.store;
    store.put("key", "0123456789", &Put::default()).await?;
    for (range, want) in
        [(0..1, "0"), (3..7, "3456"), (9..10, "9"), (8..100, "89"), (0..u64::MAX, "0123456789")]
    {
        let read = store.get_range("key", range.clone()).await?;
        same(&format!("bytes {range:?}"), &*read.body, want.as_bytes())?;
        same("the length of the whole", read.object.size_bytes, 10)?;
    }
    for range in [10..11, 100..200, 5..5] {
        let what = format!("reading bytes {range:?} of 10");
        refused(&what, store.get_range("key", range).await, StoreErrorKind::Invalid)?;
    }
    store.put("empty", "", &Put::default()).await?;
    refused("reading of nothing", store.get_range("empty", 0..1).await, StoreErrorKind::Invalid)
}

pub(super) async fn metadata(scratch: Scratch) -> Verdict {
    let store = &scratch.store;
    let put = Put::default()
        .typed("application/vnd.strongroom+json; charset=utf-8")
        .said("Writer", "one two  three")
        .said("number", "00012");
    store.put("key", "{}", &put).await?;
    let read = store.get("key").await?.object;
    for (how, object) in [("read", read), ("looked at", store.head("key").await?)] {
        same(&format!("the media type, {how}"), &object.content_type, &put.content_type)?;
        let said: Vec<_> =
            object.metadata.iter().map(|(name, value)| (&**name, &**value)).collect();
        let want = vec![("number", "00012"), ("writer", "one two  three")];
        same(&format!("the metadata, {how}"), said, want)?;
    }
    // What was said about the state before is not said about this one.
    store.put("key", "{}", &Put::default().typed("text/plain")).await?;
    let object = store.head("key").await?;
    same("the media type, overwritten", object.content_type.as_deref(), Some("text/plain"))?;
    ensure(object.metadata.is_empty(), || format!("old metadata: {:?}", object.metadata))
}

pub(super) async fn checksum(scratch: Scratch) -> Verdict {
    let store = &scratch.store;
    for body in ["some bytes", ""] {
        store.put("key", body, &Put::default()).await?;
        let (read, head) = (store.get("key").await?.object, store.head("key").await?);
        let (None, None) = (read.sha256, head.sha256) else {
            let want: [u8; 32] = Sha256::digest(body).into();
            same("the SHA-256 when read", read.sha256.unwrap_or(want), want)?;
            same("the SHA-256 when looked at", head.sha256.unwrap_or(want), want)?;
            continue;
        };
        return skipped("the store names no SHA-256");
    }
    Ok(())
}

pub(super) async fn not_there(scratch: Scratch) -> Verdict {
    let store = &scratch.store;
    store.put("other", "body", &Put::default()).await?;
    for key in ["nothing", "other/", "other/nothing", "othe"] {
        refused("reading what is not there", store.get(key).await, StoreErrorKind::NotFound)?;
        refused("looking at it", store.head(key).await, StoreErrorKind::NotFound)?;
        let part = store.get_range(key, 0..1).await;
        refused("reading a part of it", part, StoreErrorKind::NotFound)?;
        let gone = store.delete(key).await?;
        let versioned = store.bucket().await?.versioning != Versioning::Off;
        match gone {
            Deleted::Removed => {}
            Deleted::Marked(_) if versioned => {}
            Deleted::Marked(_) => {
                let why = "a deletion left a marker where no versions are kept";
                return Err(Trouble::Failed(why.to_owned()));
            }
        }
        refused("reading what was deleted", store.get(key).await, StoreErrorKind::NotFound)?;
    }
    same("the other body", &*store.get("other").await?.body, b"body")?;
    let empty = store.list("nothing", None, 10).await?;
    same("what is listed", empty.entries.len(), 0)?;
    same("the next page", empty.next, None)
}
