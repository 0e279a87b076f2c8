//! Writers who want the same at once.

use futures_util::future::join_all;

use super::{Scratch, Trouble, Verdict, ensure, same};
use crate::store::{Put, Store, StoreErrorKind, Versioning};

pub(super) async fn one_winner(scratch: Scratch) -> Verdict {
    let versioned = scratch.store.bucket().await?.versioning != Versioning::Off;
    for number in 0..scratch.settings.race_keys {
        let key = format!("{number:020}");
        race(&scratch.store, &key, scratch.settings.racers, versioned).await?;
    }
    let listed = scratch.store.list("", None, scratch.settings.race_keys + 1).await?;
    same("the number of keys", listed.entries.len(), scratch.settings.race_keys.min(1000))
}

/// Lets `racers` want `key`. One may win; who was told that another won, did not; who was told
/// nothing may have.
async fn race(store: &Store, key: &str, racers: usize, versioned: bool) -> Verdict {
    let tasks = (0..racers).map(|racer| {
        let (store, key) = (store.clone(), key.to_owned());
        // More than a packet, and different for each.
        let body = format!("{racer:03}").repeat(10_000);
        tokio::spawn(async move { (store.put(key, body.clone(), &Put::absent()).await, body) })
    });
    let (mut winners, mut perhaps) = (Vec::new(), Vec::new());
    for ended in join_all(tasks).await {
        let (written, body) =
            ended.map_err(|error| Trouble::Failed(format!("a writer ended early: {error}")))?;
        match written {
            Ok(_) => winners.push(body),
            Err(error) if error.kind == StoreErrorKind::Exists => {}
            Err(error) if error.is_retryable() => perhaps.push(body),
            Err(error) => return Err(error.into()),
        }
    }
    ensure(winners.len() <= 1, || {
        format!("{} of {racers} writers were told that they won `{key}`", winners.len())
    })?;
    let read = store.get(key).await?.body;
    let among = if winners.is_empty() { &perhaps } else { &winners };
    ensure(among.iter().any(|body| body.as_bytes() == read), || {
        format!("`{key}` does not hold what the winner wrote")
    })?;
    if versioned {
        let versions = store.list_versions(key, None).await?.entries.len();
        ensure(versions == 1, || {
            format!("{versions} versions of `{key}` were stored, although one writer won")
        })?;
    }
    Ok(())
}
