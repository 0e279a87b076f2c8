//! Many objects at once.

use bytes::Bytes;

use super::{Scratch, Verdict, refused, same};
use crate::store::{Put, StoreErrorKind};

/// More than one page of requests under way, fewer than a directory does one by one.
const COUNTS: [u32; 2] = [2, 20];

pub(super) async fn groups(scratch: Scratch) -> Verdict {
    let store = &scratch.store;
    for count in COUNTS {
        let body = |nth: u32| Bytes::from(format!("body {nth}"));
        let from = |nth: u32| format!("{count}/from/{}/{nth}.parquet", nth % 3);
        let to = |nth: u32| format!("{count}/to/year={nth}/part.parquet");
        let all = 0..count;
        let objects: Vec<_> = all.clone().map(|nth| (from(nth), body(nth))).collect();
        // Over what is there, whatever was said about it.
        store.put(from(0), "older", &Put::default().said("by", "another")).await?;
        store.put_all(&objects).await?;
        store.put_all(&objects).await?;
        for nth in all.clone() {
            let read = store.get(from(nth)).await?;
            same("a body", read.body, body(nth))?;
            same("what was said", read.object.metadata.len(), 0)?;
        }
        let moves: Vec<_> = all.clone().map(|nth| (from(nth), to(nth))).collect();
        // As if it had been interrupted.
        store.move_all(&moves[..1]).await?;
        store.move_all(&moves).await?;
        store.move_all(&moves).await?;
        for nth in all.clone() {
            same("a body that was moved", store.get(to(nth)).await?.body, body(nth))?;
        }
        let left = store.list(&format!("{count}/from/"), None, 10).await?.entries.len();
        same("what is left at the old names", left, 0)?;
        let nowhere = [("nowhere".to_owned(), "elsewhere".to_owned())];
        let lost: Vec<_> = nowhere.into_iter().chain(moves).collect();
        refused("moving nothing", store.move_all(&lost).await, StoreErrorKind::NotFound)?;
        let keys: Vec<_> = all.map(to).collect();
        store.delete_all(&keys).await?;
        store.delete_all(&keys).await?;
        let left = store.list(&format!("{count}/"), None, 10).await?.entries.len();
        same("what is left", left, 0)?;
    }
    Ok(())
}
