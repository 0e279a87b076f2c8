//! Bodies that arrive in parts.

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};

use super::{Scratch, Verdict, ensure, refused, same};
use crate::store::{Put, Store, StoreError, StoreErrorKind, Versioning};

/// A part as it comes from a file or the network: not as long as a part of S3.
const PIECE: usize = 1_000_003;

/// A body of `length` bytes that do not repeat, in pieces.
fn body(length: usize) -> (Bytes, BoxStream<'static, Result<Bytes, StoreError>>) {
    // Every word depends on its place, so that no two parts can be exchanged.
    let words = 0..length.div_ceil(8) as u64;
    let mut whole: Vec<u8> =
        words.flat_map(|at| at.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes()).collect();
    whole.truncate(length);
    let whole = Bytes::from(whole);
    let pieces: Vec<Bytes> =
        (0..length).step_by(PIECE).map(|at| whole.slice(at..length.min(at + PIECE))).collect();
    (whole, stream::iter(pieces.into_iter().map(Ok)).boxed())
}

async fn nothing_there(store: &Store, key: &str) -> Verdict {
    refused("reading it", store.get(key).await, StoreErrorKind::NotFound)?;
    let listed = store.list(key, None, 10).await?.entries.len();
    same("the number of objects", listed, 0)?;
    let versions = store.list_versions(key, None).await?.entries.len();
    same("the number of versions", versions, 0)
}

pub(super) async fn upload(scratch: Scratch) -> Verdict {
    let store = &scratch.store;
    let put = Put::default().typed("application/octet-stream").said("parts", "many");
    for length in [scratch.settings.large_bytes, PIECE, 0] {
        let (whole, pieces) = body(length);
        let written = store.upload("key", pieces, &put).await?;
        let read = store.get("key").await?;
        // Not compared with `same`, which would print it.
        ensure(read.body == whole, || format!("{length} bytes did not come back as written"))?;
        same("the length", read.object.size_bytes, length as u64)?;
        same("the media type", &read.object.content_type, &put.content_type)?;
        same("the metadata", &read.object.metadata, &put.metadata)?;
        same("the version", read.object.version, written.version)?;
    }
    let (whole, pieces) = body(scratch.settings.large_bytes);
    store.upload("key", pieces, &put).await?;
    let end = whole.len() as u64;
    let read = store.get_range("key", end - 100..end).await?;
    same("the last bytes", &*read.body, &whole[whole.len() - 100..])
}

pub(super) async fn upload_if_absent(scratch: Scratch) -> Verdict {
    let store = &scratch.store;
    let length = scratch.settings.large_bytes;
    let (whole, pieces) = body(length);
    store.upload("key", pieces, &Put::absent()).await?;
    for length in [length, 10] {
        let again = store.upload("key", body(length).1, &Put::absent()).await;
        refused("uploading where an object is", again, StoreErrorKind::Exists)?;
    }
    let kept = store.get("key").await?.body == whole;
    ensure(kept, || "the first body did not stay".to_owned())?;
    if store.bucket().await?.versioning != Versioning::Off {
        let versions = store.list_versions("key", None).await?.entries.len();
        same("the number of versions", versions, 1)?;
    }
    Ok(())
}

pub(super) async fn upload_fails(scratch: Scratch) -> Verdict {
    let store = &scratch.store;
    let failure = || StoreError::new(StoreErrorKind::Corrupt, "read", None, "the source broke off");
    for length in [scratch.settings.large_bytes, 10, 0] {
        let broken = body(length).1.chain(stream::iter([Err(failure())])).boxed();
        let failed = store.upload("key", broken, &Put::default()).await;
        refused("an upload that breaks off", failed, StoreErrorKind::Corrupt)?;
        nothing_there(store, "key").await?;
    }
    // Nor is a writer who gives up in the middle.
    let stuck = body(scratch.settings.large_bytes).1.chain(stream::pending()).boxed();
    let given_up = async {
        for _ in 0..50 {
            tokio::task::yield_now().await;
        }
    };
    let put = Put::default();
    tokio::select! {
        ended = store.upload("key", stuck, &put) => {
            return ensure(false, || format!("an upload ended before its body did: {ended:?}"));
        }
        () = given_up => {}
    }
    nothing_there(store, "key").await
}
