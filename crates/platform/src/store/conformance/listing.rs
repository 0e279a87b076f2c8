//! Keys: which there can be, and in which order they come.

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{Scratch, Trouble, Verdict, ensure, same};
use crate::store::{Put, Store, StoreError};

/// Keys that other programs trip over. Not among them: what a client on the way to S3 may resolve
/// (`.` and `..` as parts of a path) and what XML cannot carry (control characters).
const ODD: &[&str] = &[
    "a",
    "a/b",
    "a/b/c",
    "a//b",
    "a/",
    "a//",
    "/a",
    "//",
    "a b",
    " a ",
    "a+b",
    "a%20b",
    "a%2Fb",
    "%",
    "a?b=c&d#e",
    "a\\b",
    "a\"b'c`d",
    "a<b>&amp;c",
    "a*b|c:d",
    "A",
    "a.b",
    ".a",
    "a~",
    "-a",
    "café",
    "cafe\u{301}",
    "日本/語",
    "😀",
    "report.pdf",
    "report.pdf/page.pdf",
    "00000000000000000001",
    "00000000000000000001/cosignature",
    ".strongroom/bucket.json",
];

pub(super) async fn odd_keys(scratch: Scratch) -> Verdict {
    let store = &scratch.store;
    let long = ["x".repeat(500), "é".repeat(120), format!("{}/y", "x".repeat(300))];
    let keys: BTreeSet<&str> = ODD.iter().copied().chain(long.iter().map(|it| &**it)).collect();
    for key in &keys {
        // Each holds its own name, so that two that meet are noticed.
        store.put(key, key.to_string(), &Put::absent()).await?;
    }
    for key in &keys {
        let read = store.get(key).await?;
        same(&format!("the body of `{key}`"), &*read.body, key.as_bytes())?;
        same("the key of what was read", read.object.key.as_str(), *key)?;
    }
    let listed = listed(store, "", None).await?;
    same("the keys that are listed", listed, keys.iter().map(|it| it.to_string()).collect())?;
    for key in &keys {
        store.delete(key).await?;
        ensure(store.get_if_there(key).await?.is_none(), || format!("`{key}` is still there"))?;
    }
    Ok(())
}

pub(super) async fn order(scratch: Scratch) -> Verdict {
    let store = &scratch.store;
    // Around the slash (0x2f), the case, and where UTF-16 orders differently (U+FF5E, U+1F600).
    let mut keys = [
        "a",
        "a!",
        "a.b",
        "a/",
        "a/b",
        "a/b/c",
        "a0",
        "a-b",
        "aa",
        "B",
        "b",
        "b/\u{ff5e}",
        "b/\u{1f600}",
        "b/z",
        "b0",
        "é",
        "z",
    ];
    for key in keys {
        store.put(key, "", &Put::default()).await?;
    }
    keys.sort_unstable();
    same("all keys", listed(store, "", None).await?, strings(&keys))?;
    for prefix in ["a", "a/", "a/b", "b/", "b", "c", "z"] {
        let want: Vec<&str> = keys.iter().copied().filter(|it| it.starts_with(prefix)).collect();
        same(&format!("keys with `{prefix}`"), listed(store, prefix, None).await?, strings(&want))?;
    }
    // From keys that are there and from others.
    for after in ["0", "a", "a!", "a/", "a/b", "a/c", "aZ", "b/", "b/\u{ff5e}", "z", "zz"] {
        let want: Vec<&str> = keys.iter().copied().filter(|it| *it > after).collect();
        let got = listed(store, "", Some(after)).await?;
        same(&format!("keys after `{after}`"), got, strings(&want))?;
    }
    same("keys with `a` after `a/`", listed(store, "a", Some("a/")).await?, {
        strings(&["a/b", "a/b/c", "a0", "aa"])
    })
}

pub(super) async fn many_keys(scratch: Scratch) -> Verdict {
    let (store, many) = (&scratch.store, scratch.settings.many);
    let keys: Vec<String> = (0..many).map(|number| format!("seg/{number:020}")).collect();
    let writes: Vec<_> = keys.iter().map(|key| put(store, key)).collect();
    stream::iter(writes).buffer_unordered(16).try_collect::<()>().await?;
    store.put("other", "", &Put::default()).await?;
    same("all keys", listed(store, "seg/", None).await?, keys.clone())?;
    let middle = &keys[many / 2];
    let rest = listed(store, "seg/", Some(middle)).await?;
    same("the keys of the second half", rest, keys[many / 2 + 1..].to_vec())?;
    let page = store.list("seg/", None, 7).await?;
    ensure(page.entries.len() <= 7, || format!("7 keys were asked for: {}", page.entries.len()))?;
    let next =
        page.next.ok_or_else(|| Trouble::Failed("the first page said it is the last".into()))?;
    let last = page.entries.last().map(|it| it.key.as_str().to_owned());
    same("where the next page begins", Some(next), last)?;
    let end = store.list("seg/", keys.last().map(|it| &**it), 7).await?;
    same("what comes after the last key", (end.entries.len(), end.next), (0, None))?;
    let versions: Vec<_> = store.versions_all("seg/").try_collect().await?;
    same("the number of versions", versions.len(), many)?;
    let sorted = versions.windows(2).all(|pair| pair[0].key < pair[1].key);
    ensure(sorted, || "the versions are not in order of keys".to_owned())
}

async fn put(store: &Store, key: &str) -> Result<(), StoreError> {
    store.put(key, "x", &Put::absent()).await.map(drop)
}

async fn listed(
    store: &Store,
    prefix: &str,
    after: Option<&str>,
) -> Result<Vec<String>, StoreError> {
    let keys = store.list_all(prefix, after).map_ok(|it| it.key.as_str().to_owned());
    keys.try_collect().await
}

fn strings(keys: &[&str]) -> Vec<String> {
    keys.iter().map(|it| (*it).to_owned()).collect()
}
