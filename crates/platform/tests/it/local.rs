//! The store in a directory: what people find there, and what it does about what they did there.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use futures_util::future::join_all;
use platform::clock::SetClock;
use platform::store::{
    BucketState, Deleted, Local, Lock, LockMode, Put, Store, StoreErrorKind, Versioning,
};

fn versioned() -> BucketState {
    let mut state = BucketState::plain();
    state.versioning = Versioning::On;
    state
}

fn locking() -> BucketState {
    let mut state = versioned();
    state.object_lock = true;
    state
}

/// All files below `folder`, the store's own left out.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() && entry.file_name() != ".strongroom" {
                folders.push(entry.path());
            } else if entry.file_name() != ".strongroom" {
                found.push(entry.path().strip_prefix(folder).unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn people_find_objects_under_their_names() {
    for state in [BucketState::plain(), versioned()] {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::configure_local(folder.path(), &state).unwrap();
        let log = store.at("audit");
        log.put("seg/00000000000000000000", "zero", &Put::absent()).await.unwrap();
        log.put("hint/head", "one", &Put::default()).await.unwrap();
        log.put("hint/head", "two", &Put::default()).await.unwrap();
        store.put("raw/dt=2026-03-01/part-0.parquet", "rows", &Put::default()).await.unwrap();
        let there = files(folder.path());
        let want = [
            "audit/hint/head%",
            "audit/seg/00000000000000000000",
            "raw/dt=2026-03-01/part-0.parquet",
        ];
        assert_eq!(there, want.map(PathBuf::from));
        assert_eq!(fs::read(folder.path().join("audit/hint/head%")).unwrap(), b"two");
        log.delete("hint/head").await.unwrap();
        assert_eq!(files(folder.path()), want[1..].iter().map(PathBuf::from).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_plain_directory_holds_nothing_but_the_objects() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::local(folder.path().join("new/log"));
    let put = Put::absent().typed("application/x-ndjson");
    store.put("seg/00000000000000000000", "{}\n", &put).await.unwrap();
    let head = store.head("seg/00000000000000000000").await.unwrap();
    assert_eq!(head.content_type, put.content_type);
    let own: Vec<_> = fs::read_dir(folder.path().join("new/log/.strongroom"))
        .unwrap()
        .map(|it| it.unwrap().file_name())
        .collect();
    // The media type follows from the body, so that no second file is written.
    assert_eq!(own, ["tmp"]);
    assert_eq!(fs::read_dir(folder.path().join("new/log/.strongroom/tmp")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_directory_that_is_not_there_holds_nothing_and_is_not_made_by_reading() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::local(folder.path().join("absent"));
    assert_eq!(store.list("", None, 10).await.unwrap().entries, []);
    assert_eq!(store.get("a").await.unwrap_err().kind, StoreErrorKind::NotFound);
    assert_eq!(store.delete("a").await.unwrap(), Deleted::Removed);
    assert_eq!(store.bucket().await.unwrap(), BucketState::plain());
    assert!(!folder.path().join("absent").exists());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_many_wins_through_whatever_handle() {
    for state in [BucketState::plain(), versioned()] {
        let folder = tempfile::tempdir().unwrap();
        Store::configure_local(folder.path(), &state).unwrap();
        for key in ["a", "b/c", "b/d"] {
            let writers = (0..16).map(|number| {
                // Each as another process would have it: nothing is shared but the directory.
                let store = Store::local(folder.path());
                tokio::spawn(
                    async move { store.put(key, vec![number; 5000], &Put::absent()).await },
                )
            });
            let mut won = Vec::new();
            for (number, ended) in join_all(writers).await.into_iter().enumerate() {
                match ended.unwrap() {
                    Ok(_) => won.push(number),
                    Err(error) => assert_eq!(error.kind, StoreErrorKind::Exists),
                }
            }
            let body = Store::local(folder.path()).get(key).await.unwrap().body;
            assert_eq!(won, [usize::from(body[0])], "{key}");
            assert_eq!(body.len(), 5000);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writing_and_deleting_at_once_loses_nothing_that_stays() {
    // Deleting removes empty folders, which writers need at the same moment.
    for state in [BucketState::plain(), versioned()] {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::configure_local(folder.path(), &state).unwrap();
        let tasks = (0..8).map(|task| {
            let store = store.clone();
            tokio::spawn(async move {
                for round in 0..20 {
                    let key = format!("deep/er/{task}-{round}");
                    let written = store.put(&key, key.clone(), &Put::absent()).await.unwrap();
                    assert_eq!(store.get(&key).await.unwrap().body, key);
                    if round < 19 {
                        match written.version {
                            None => store.delete(&key).await.unwrap(),
                            Some(it) => store.delete_version(&key, &it, false).await.unwrap(),
                        };
                    }
                }
            })
        });
        join_all(tasks).await.into_iter().for_each(|ended| ended.unwrap());
        let left: Vec<_> = store.list_all("", None).try_collect().await.unwrap();
        let left: Vec<_> = left.iter().map(|it| it.key.as_str()).collect();
        assert_eq!(left, (0..8).map(|task| format!("deep/er/{task}-19")).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_was_said_belongs_to_the_body_it_was_said_about() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::local(folder.path());
    let writers = (0..4).map(|writer| {
        let store = store.clone();
        tokio::spawn(async move {
            for round in 0..25 {
                let word = format!("{writer}-{round}");
                let put = Put::default().typed("text/plain").said("word", &word);
                store.put("key", word, &put).await.unwrap();
            }
        })
    });
    let reader = async {
        let mut seen = 0;
        while seen < 200 {
            if let Some(read) = store.get_if_there("key").await.unwrap() {
                assert_eq!(read.body, read.object.metadata["word"]);
                assert_eq!(read.object.content_type.as_deref(), Some("text/plain"));
                seen += 1;
            }
        }
    };
    let (ended, ()) = tokio::join!(join_all(writers), reader);
    ended.into_iter().for_each(|it| it.unwrap());
}

#[tokio::test]
async fn a_kept_body_that_somebody_changed_is_noticed() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::configure_local(folder.path(), &versioned()).unwrap();
    store.put("report.txt", "what was written", &Put::default()).await.unwrap();
    let path = folder.path().join("report.txt");
    // Not by accident: it is read-only.
    let mut permissions = fs::metadata(&path).unwrap().permissions();
    assert!(permissions.readonly());
    #[expect(clippy::permissions_set_readonly_false, reason = "a file in a temporary directory")]
    permissions.set_readonly(false);
    fs::set_permissions(&path, permissions).unwrap();
    for other in ["what was changed", "shorter"] {
        fs::write(&path, other).unwrap();
        let error = store.get("report.txt").await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Corrupt, "{error}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn no_symbolic_link_leads_out_of_the_directory() {
    let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(outside.path().join("secret%"), "secret").unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("out")).unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret%"), folder.path().join("file%"))
        .unwrap();
    let store = Store::local(folder.path());
    let written = store.put("out/new", "body", &Put::absent()).await.unwrap_err();
    assert_eq!(written.kind, StoreErrorKind::Invalid, "{written}");
    assert!(!outside.path().join("new%").exists());
    assert_eq!(store.get("file").await.unwrap_err().kind, StoreErrorKind::NotFound);
    assert_eq!(store.list("", None, 10).await.unwrap().entries, []);
    // What stands in the way is replaced, and what it pointed at stays.
    store.put("file", "mine", &Put::default()).await.unwrap();
    assert_eq!(fs::read(outside.path().join("secret%")).unwrap(), b"secret");
    assert_eq!(store.get("file").await.unwrap().body, "mine");
}

#[test]
fn what_is_on_stays_on() {
    let folder = tempfile::tempdir().unwrap();
    let open = |state: &BucketState| Store::configure_local(folder.path(), state);
    open(&versioned()).unwrap();
    open(&locking()).unwrap();
    let mut default = locking();
    default.default_lock = Some((LockMode::Compliance, 30));
    open(&default).unwrap();
    open(&default).unwrap();
    for less in [BucketState::plain(), versioned()] {
        assert_eq!(open(&less).unwrap_err().kind, StoreErrorKind::Invalid);
    }
    let mut unkept = BucketState::plain();
    unkept.object_lock = true;
    let mut suspended = BucketState::plain();
    suspended.versioning = Versioning::Suspended;
    for wrong in [unkept, suspended] {
        let folder = tempfile::tempdir().unwrap();
        let error = Store::configure_local(folder.path(), &wrong).unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Invalid);
    }
}

#[tokio::test]
async fn versions_begin_before_the_first_object() {
    let folder = tempfile::tempdir().unwrap();
    Store::local(folder.path()).put("a", "body", &Put::default()).await.unwrap();
    let error = Store::configure_local(folder.path(), &versioned()).unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Invalid);
    // A handle that was opened before the directory was set up keeps to what it is set up for.
    let folder = tempfile::tempdir().unwrap();
    let early = Store::local(folder.path());
    Store::configure_local(folder.path(), &versioned()).unwrap();
    assert!(early.put("a", "body", &Put::default()).await.unwrap().version.is_some());
}

#[tokio::test]
async fn protection_ends_by_the_clock_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let now = "2026-03-01T12:00:00Z".parse().unwrap();
    let clock = Arc::new(SetClock::at(now));
    let local = Local::new(folder.path(), clock.clone());
    local.configure(&locking()).unwrap();
    let store = Store::new(Arc::new(local), "");
    let until = now + chrono::Duration::days(10);
    let lock = Lock { mode: LockMode::Compliance, until };
    let version =
        store.put("a", "body", &Put::absent().locked(Some(lock))).await.unwrap().version.unwrap();
    clock.set(until - chrono::Duration::seconds(1));
    let error = store.delete_version("a", &version, true).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Protected);
    assert!(error.to_string().contains("2026-03-11T12:00:00Z"), "{error}");
    clock.set(until);
    store.delete_version("a", &version, false).await.unwrap();
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn what_people_put_there_is_an_object_if_it_has_the_name_of_one() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["notes.txt", "NOTES%", ".DS_Store", "two words", "x%zz"] {
        fs::write(folder.path().join(name), "by hand").unwrap();
    }
    let store = Store::local(folder.path());
    let page = store.list("", None, 10).await.unwrap();
    let keys: Vec<_> = page.entries.iter().map(|it| it.key.as_str()).collect();
    assert_eq!(keys, ["NOTES", "notes.txt", "two words"]);
    let error = store.put("notes.txt", "other", &Put::absent()).await.unwrap_err();
    assert_eq!(error.kind, StoreErrorKind::Exists);
}

#[tokio::test]
async fn settings_that_cannot_be_read_stop_everything() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::configure_local(folder.path(), &locking()).unwrap();
    let path = folder.path().join(".strongroom/bucket.json");
    for broken in ["{", "{\"v\":2,\"versioning\":true,\"object_lock\":true}"] {
        fs::write(&path, broken).unwrap();
        let error = store.put("a", "body", &Put::default()).await.unwrap_err();
        assert_eq!(error.kind, StoreErrorKind::Corrupt, "{error}");
        assert!(error.to_string().contains("bucket.json"), "{error}");
    }
}

#[tokio::test]
async fn a_copy_of_a_bucket_is_read_under_its_own_names() {
    let directory = tempfile::tempdir().unwrap();
    let keys = ["audit/auth.login/2025/a b.json", "audit/auth.login/2025/plain", "audit/é/x.json"];
    for key in keys {
        let path = directory.path().join(key);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, key).unwrap();
    }
    let store = Store::local(directory.path());
    for prefix in ["", "audit/", "audit/auth.login/2025/"] {
        let listed = store.list(prefix, None, 10).await.unwrap();
        let listed: Vec<_> = listed.entries.iter().map(|it| it.key.as_str().to_owned()).collect();
        let wanted: Vec<_> = keys.iter().filter(|it| it.starts_with(prefix)).collect();
        assert_eq!(listed.iter().collect::<Vec<_>>(), wanted, "below `{prefix}`");
    }
    for key in keys {
        assert_eq!(store.get(key).await.unwrap().body, key.as_bytes());
        let again = store.put(key, "other", &Put::absent()).await.unwrap_err();
        assert_eq!(again.kind, StoreErrorKind::Exists);
        store.put(key, "other", &Put::default()).await.unwrap();
        assert_eq!(store.get(key).await.unwrap().body, "other");
        store.delete(key).await.unwrap();
    }
    assert!(store.list("", None, 10).await.unwrap().entries.is_empty());
}
