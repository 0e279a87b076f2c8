//! What only S3 can be asked.

use aws_credential_types::Credentials;
use futures_util::TryStreamExt as _;
use platform::store::conformance::Outcome;
use platform::store::s3::{S3, S3Url};
use platform::store::{Backend as _, Key, Put, Store, StoreError, StoreErrorKind, doctor};

use crate::buckets::{Bucket, Kind};
use crate::reports;

/// The checks below, in this order.
pub(crate) const NAMES: &[&str] = &[
    "version-pages",
    "wrong-secret",
    "unknown-key",
    "no-such-bucket",
    "no-such-server",
    "doctor",
    "presign",
    "presign-digest",
    "reports",
];

type Verdict = Result<(), String>;

pub(crate) async fn run_all(bucket: &Bucket) -> Vec<(&'static str, Outcome)> {
    let results = [
        version_pages(bucket).await,
        Some(wrong_credentials(bucket, true).await),
        Some(wrong_credentials(bucket, false).await),
        Some(no_such_bucket(bucket).await),
        Some(no_such_server().await),
        Some(diagnosis(bucket).await),
        Some(crate::presign::run(bucket).await),
        Some(crate::presign::digest(bucket).await),
        reports::survive(bucket).await,
    ];
    let outcome = |result| match result {
        Some(Ok(())) => Outcome::Kept,
        Some(Err(why)) => Outcome::Failed(why),
        None => Outcome::Skipped("not in such a bucket".to_owned()),
    };
    NAMES.iter().copied().zip(results.map(outcome)).collect()
}

/// More versions than a page holds, the end of a page in the middle of a key: none is lost or listed
/// twice, and of each key the newest comes first.
async fn version_pages(bucket: &Bucket) -> Option<Verdict> {
    if bucket.kind != Kind::Versioned {
        return None;
    }
    Some(versions(bucket).await.map_err(|error| error.to_string()).and_then(|it| it))
}

async fn versions(bucket: &Bucket) -> Result<Verdict, StoreError> {
    const KEYS: [&str; 3] = ["a b+c%25", "plain", "é/😀"];
    let store = Store::open(&bucket.url("pages")).await?;
    let mut expected = Vec::new();
    for key in KEYS {
        let mut of_key = Vec::new();
        for _ in 0..370 {
            of_key.push(store.put(key, "x", &Put::default()).await?.version);
        }
        expected.extend(of_key.into_iter().rev().map(|version| (key.to_owned(), version)));
    }
    let listed: Vec<_> = store.versions_all("").try_collect().await?;
    let listed: Vec<_> =
        listed.into_iter().map(|it| (it.key.as_str().to_owned(), Some(it.version))).collect();
    if listed.len() != expected.len() {
        return Ok(Err(format!("{} of {} versions were listed", listed.len(), expected.len())));
    }
    Ok(if listed == expected { Ok(()) } else { Err("not in order".to_owned()) })
}

/// Who cannot sign is denied, and nothing is written.
async fn wrong_credentials(bucket: &Bucket, known_key: bool) -> Verdict {
    let url: S3Url = bucket.url("").parse().expect("the address is right");
    let access = match std::env::var("AWS_ACCESS_KEY_ID") {
        Ok(access) if known_key => access,
        _ => "NOBODYKNOWSTHISKEYID".to_owned(),
    };
    let secret = "this is not the secret";
    let credentials = Credentials::new(access, secret, None, None, "test");
    let stranger = S3::open_as(&url, credentials).await.map_err(|error| error.to_string())?;
    let key = Key::new("stranger").expect("a key");
    match stranger.put(&key, "x".into(), &Put::default()).await {
        Ok(_) => Err("a stranger wrote".to_owned()),
        Err(error) if error.kind == StoreErrorKind::Denied => {
            let said = format!("{error} {error:?} {stranger:?}");
            if said.contains(secret) {
                Err("the secret is in the error".to_owned())
            } else {
                Ok(())
            }
        }
        Err(error) => Err(format!("{:?} instead of Denied: {error}", error.kind)),
    }
}

async fn no_such_bucket(bucket: &Bucket) -> Verdict {
    let url = bucket.url("").replace("strongroom-test-", "strongroom-none-");
    let store = Store::open(&url).await.map_err(|error| error.to_string())?;
    for error in [
        store.put("key", "x", &Put::absent()).await.err(),
        store.get("key").await.err(),
        store.list("", None, 1).await.err(),
        store.delete("key").await.err(),
        store.bucket().await.err(),
    ] {
        match error {
            Some(error) if error.kind == StoreErrorKind::NotFound => {}
            other => return Err(format!("not NotFound but {other:?}")),
        }
    }
    Ok(())
}

/// A write that cannot have happened is not in doubt.
async fn no_such_server() -> Verdict {
    for endpoint in ["http://127.0.0.1:1", "http://nowhere.invalid"] {
        let url = format!("s3://bucket?endpoint={endpoint}&region=us-east-1");
        let store = Store::open(&url).await.map_err(|error| error.to_string())?;
        match store.put("key", "x", &Put::absent()).await {
            Err(error) if error.kind == StoreErrorKind::Unavailable => {}
            other => return Err(format!("{endpoint}: {other:?}")),
        }
    }
    Ok(())
}

/// The doctor comes to the verdict that this server is known for, and leaves nothing behind.
async fn diagnosis(bucket: &Bucket) -> Verdict {
    let store = Store::open(&bucket.url("examined")).await.map_err(|error| error.to_string())?;
    let found = doctor::examine(&store, &doctor::Options::default())
        .await
        .map_err(|error| format!("it could not find out: {error}"))?;
    if found.conditions.is_none() {
        return Err(format!("unfit: {}", found.reason));
    }
    if let Some(expected) = bucket.server.conditions(bucket.kind)
        && found.conditions != Some(expected)
    {
        return Err(format!("{:?} instead of {expected:?}: {}", found.conditions, found.reason));
    }
    let probed = doctor::probe_conditions(&store).await.map_err(|error| error.to_string())?;
    if Some(probed) != found.conditions {
        return Err(format!(
            "the short probe says {probed:?}, the long one {:?}",
            found.conditions
        ));
    }
    let left: Vec<_> =
        store.versions_all("").try_collect().await.map_err(|error| error.to_string())?;
    match left.as_slice() {
        [] => Ok(()),
        left => Err(format!("{} versions were left behind", left.len())),
    }
}
