//! Many objects at once, one by one: what a store does that knows no better way.

use std::path::PathBuf;

use bytes::Bytes;
use futures_util::future::join_all;

use super::{Backend, Key, Put, StoreError, StoreErrorKind};

/// How many requests are under way together.
const TOGETHER: usize = 16;

/// Does `act` with every item, and gives the first error after everything that was under way with it
/// has ended.
async fn each<'i, T: Sync, F>(items: &'i [T], act: impl Fn(&'i T) -> F) -> Result<(), StoreError>
where
    F: Future<Output = Result<(), StoreError>>,
{
    for some in items.chunks(TOGETHER) {
        join_all(some.iter().map(&act)).await.into_iter().collect::<Result<(), _>>()?;
    }
    Ok(())
}

pub(super) async fn put_all<B: Backend + ?Sized>(
    store: &B,
    objects: &[(Key, Bytes)],
) -> Result<(), StoreError> {
    let put = Put::default();
    each(objects, async |(key, body)| store.put(key, body.clone(), &put).await.map(drop)).await
}

/// So many bytes of files are in memory together, if one alone does not have more.
const HELD_BYTES: usize = 64 << 20;

pub(super) async fn adopt_all<B: Backend + ?Sized>(
    store: &B,
    files: &[(Key, PathBuf)],
) -> Result<(), StoreError> {
    let (mut objects, mut held) = (Vec::new(), 0);
    for (key, path) in files {
        let body = std::fs::read(path).map_err(|source| {
            let reason = format!("`{}` cannot be read", path.display());
            StoreError::new(StoreErrorKind::Invalid, "write", Some(key), reason).caused_by(source)
        })?;
        held += body.len();
        objects.push((key.clone(), Bytes::from(body)));
        if held >= HELD_BYTES {
            store.put_all(&std::mem::take(&mut objects)).await?;
            held = 0;
        }
    }
    store.put_all(&objects).await
}

pub(super) async fn move_all<B: Backend + ?Sized>(
    store: &B,
    moves: &[(Key, Key)],
) -> Result<(), StoreError> {
    each(moves, async |(from, to)| {
        let body = match store.get(from, None, None).await {
            Ok(read) => read.body,
            Err(error) if error.kind == StoreErrorKind::NotFound => {
                return match store.head(to, None).await {
                    Err(there) if there.kind == StoreErrorKind::NotFound => Err(error),
                    there => there.map(drop),
                };
            }
            Err(error) => return Err(error),
        };
        match store.put(to, body, &Put::absent()).await {
            Err(error) if error.kind != StoreErrorKind::Exists => return Err(error),
            _ => {}
        }
        store.delete(from, None, false).await.map(drop)
    })
    .await
}

pub(super) async fn delete_all<B: Backend + ?Sized>(
    store: &B,
    keys: &[Key],
) -> Result<(), StoreError> {
    each(keys, async |key| store.delete(key, None, false).await.map(drop)).await
}
