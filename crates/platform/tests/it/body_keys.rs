//! The keys of sealed bodies: one for each report, and gone when they are gone.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use platform::Kind;
use platform::body_keys::{BodyKeys, LocalKey, open, seal};
use platform::store::{BucketState, Put, Store, StoreError, Versioning};

const REPORT: &str = "csrd/acme/2026/0190a1b2";
const OBJECT: &str = "csrd/acme/2026/0190a1b2/report.xhtml";

fn application(digits: &str) -> Arc<LocalKey> {
    Arc::new(LocalKey::parse(&digits.repeat(32)).unwrap())
}

async fn keys(store: &Store) -> BodyKeys {
    BodyKeys::open(store, application("5e")).await.unwrap()
}

fn pieces(body: Bytes, size: usize) -> BoxStream<'static, Result<Bytes, StoreError>> {
    let parts: Vec<_> = body.chunks(size).map(|part| Ok(Bytes::copy_from_slice(part))).collect();
    stream::iter(parts).boxed()
}

async fn whole(body: BoxStream<'_, Result<Bytes, StoreError>>) -> Result<Vec<u8>, StoreError> {
    body.try_fold(Vec::new(), async |mut all, piece| {
        all.extend_from_slice(&piece);
        Ok(all)
    })
    .await
}

#[tokio::test]
async fn a_body_goes_sealed_through_the_store_and_is_noise_once_its_key_is_gone() {
    let (store, secrets) = (Store::memory(), Store::memory());
    let keys = keys(&secrets).await;
    let body = Bytes::from((0..200_000u32).map(|at| (at % 251) as u8).collect::<Vec<_>>());
    let key = keys.create(REPORT).await.unwrap();
    let sealed = seal(&key, OBJECT, pieces(body.clone(), 10_000)).unwrap();
    store.upload(OBJECT, sealed, &Put::absent()).await.unwrap();
    let stored = store.get(OBJECT).await.unwrap().body;
    assert_eq!(stored.len() as u64, storage_core::sealed::sealed_length(200_000));
    assert!(!stored.windows(32).any(|window| window == &body[..32]), "it is not in clear");

    // Another process.
    let again = BodyKeys::open(&secrets, application("5e")).await.unwrap();
    let key = again.key(REPORT).await.unwrap();
    assert_eq!(whole(open(&key, OBJECT, pieces(stored.clone(), 777))).await.unwrap(), body);
    let cut = stored.slice(..stored.len() - 20_000);
    let error = whole(open(&key, OBJECT, pieces(cut, 777))).await.unwrap_err();
    assert_eq!(error.code(), "store.corrupt");
    let error = whole(open(&key, REPORT, pieces(stored.clone(), 777))).await.unwrap_err();
    assert_eq!(error.code(), "store.corrupt", "it was moved");

    keys.destroy(REPORT).await.unwrap();
    keys.destroy(REPORT).await.unwrap();
    for gone in [again.key(REPORT).await, again.create(REPORT).await] {
        let error = gone.unwrap_err();
        assert_eq!((error.code(), error.kind()), ("body_keys.destroyed", Kind::NotFound));
    }
    let left = secrets.list("key/", None, 10).await.unwrap();
    assert!(left.entries.is_empty(), "nothing of the key is left");
}

#[tokio::test]
async fn a_report_has_one_key_and_no_other_report_has_it() {
    let secrets = Store::memory();
    let keys = keys(&secrets).await;
    let (one, other) = tokio::join!(keys.create(REPORT), keys.create(REPORT));
    let (one, other) = (one.unwrap(), other.unwrap());
    let sealed = whole(seal(&one, OBJECT, pieces(Bytes::from("x"), 1)).unwrap()).await.unwrap();
    let opened = whole(open(&other, OBJECT, pieces(sealed.clone().into(), 9))).await.unwrap();
    assert_eq!(opened, b"x");
    let stranger = keys.create("csrd/other/2026/0190a1b2").await.unwrap();
    assert!(whole(open(&stranger, OBJECT, pieces(sealed.into(), 9))).await.is_err());

    // Two bodies of one key and place are not the same octets.
    let seal =
        async || whole(seal(&one, OBJECT, pieces(Bytes::from("x"), 1)).unwrap()).await.unwrap();
    assert_ne!(seal().await, seal().await);
    let listed: Vec<_> = secrets.list_all("", None).try_collect().await.unwrap();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|it| !it.key.as_str().contains("acme")), "no name is written");
}

#[tokio::test]
async fn a_key_that_was_moved_or_wrapped_by_another_is_not_given_out() {
    let secrets = Store::memory();
    let keys = keys(&secrets).await;
    keys.create(REPORT).await.unwrap();
    let listed = secrets.list("key/", None, 10).await.unwrap().entries.remove(0).key;
    let body = secrets.get(listed.as_str()).await.unwrap().body;
    let other = BodyKeys::open(&secrets, application("5f")).await.unwrap();
    assert_eq!(other.key(REPORT).await.unwrap_err().code(), "sealed.other_application_key");

    keys.create("csrd/other/2026/0190a1b2").await.unwrap();
    for it in secrets.list("key/", None, 10).await.unwrap().entries {
        secrets.put(it.key.as_str(), body.clone(), &Put::default()).await.unwrap();
    }
    let error = keys.key("csrd/other/2026/0190a1b2").await.unwrap_err();
    assert_eq!(error.code(), "sealed.wrapped_key_altered");
    secrets.put(listed.as_str(), "{}", &Put::default()).await.unwrap();
    assert_eq!(keys.key(REPORT).await.unwrap_err().code(), "body_keys.malformed");
    assert_eq!(keys.key("none").await.unwrap_err().code(), "body_keys.unknown");
}

#[tokio::test]
async fn a_store_that_keeps_what_is_deleted_holds_no_keys() {
    let folder = tempfile::tempdir().unwrap();
    let mut versioned = BucketState::plain();
    versioned.versioning = Versioning::On;
    let store = Store::configure_local(folder.path(), &versioned).unwrap();
    let error = BodyKeys::open(&store, application("5e")).await.unwrap_err();
    assert_eq!(error.code(), "body_keys.cannot_forget");
    assert!(error.hint().is_some());
}

#[test]
fn a_key_file_is_for_its_owner_and_never_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let digits = "c0ffee11".repeat(8);
    let mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    fs::write(&path, format!("{digits}\n")).unwrap();
    mode(0o600);
    let key = LocalKey::read(&path).unwrap();
    assert!(!format!("{key:?} {}", key.name()).contains("c0ffee"));
    mode(0o640);
    let error = LocalKey::read(&path).unwrap_err();
    assert!(error.to_string().ends_with("others may read it"), "{error}");
    fs::write(&path, &digits[..60]).unwrap();
    mode(0o600);
    let error = LocalKey::read(&path).unwrap_err();
    assert_eq!(error.code(), "body_keys.key_file");
    assert!(!format!("{error} {error:?}").contains("c0ffee"));
}
