//! Servers, and buckets to try things in.

use std::error::Error;

use aws_config::{BehaviorVersion, Region};
use aws_sdk_s3::Client;
use aws_sdk_s3::types::{
    BucketLocationConstraint, BucketVersioningStatus, CreateBucketConfiguration, DefaultRetention,
    ObjectLockConfiguration, ObjectLockEnabled, ObjectLockRetentionMode, ObjectLockRule,
    VersioningConfiguration,
};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use platform::store::{Conditions, Store, conformance};

type Result<T> = std::result::Result<T, String>;

/// How a bucket is set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Keeps one state of each object.
    Plain,
    /// Keeps versions.
    Versioned,
    /// Can lock versions.
    Lock,
    /// Locks every version for a day in governance mode.
    Governed,
}

pub(crate) const KINDS: &[Kind] = &[Kind::Plain, Kind::Versioned, Kind::Lock, Kind::Governed];

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Versioned => "versioned",
            Self::Lock => "lock",
            Self::Governed => "governed",
        }
    }
}

/// A server that speaks S3.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) name: String,
    pub(crate) endpoint: String,
}

/// A bucket that nobody else uses.
pub(crate) struct Bucket {
    pub(crate) server: Server,
    pub(crate) kind: Kind,
    pub(crate) name: String,
}

impl Server {
    /// Reads `name=http://host:port`; the name may be left out.
    pub(crate) fn named(text: &str) -> Self {
        let (name, endpoint) = match text.split_once('=') {
            Some((name, endpoint)) if !name.contains(':') => (name, endpoint),
            _ => (text.trim_start_matches("https://").trim_start_matches("http://"), text),
        };
        Self { name: name.to_owned(), endpoint: endpoint.to_owned() }
    }

    /// Whether this machine runs it.
    pub(crate) fn is_local(&self) -> bool {
        self.endpoint.contains("://127.0.0.1:") || self.endpoint.contains("://localhost:")
    }

    async fn client(&self) -> (Client, Region) {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let shared = aws_config::defaults(BehaviorVersion::latest())
            .http_client(http)
            .endpoint_url(&self.endpoint)
            .load()
            .await;
        let region = shared.region().cloned().unwrap_or(Region::new("us-east-1"));
        let config = aws_sdk_s3::config::Builder::from(&shared)
            .region(region.clone())
            .force_path_style(true)
            .build();
        (Client::from_conf(config), region)
    }

    /// Makes a bucket.
    pub(crate) async fn bucket(&self, kind: Kind) -> Result<Bucket> {
        let (client, region) = self.client().await;
        let random = getrandom::u64().map_err(say)?;
        let name = format!("strongroom-test-{random:016x}-{}", kind.name());
        let place = (region.as_ref() != "us-east-1").then(|| {
            let place = BucketLocationConstraint::from(region.as_ref());
            CreateBucketConfiguration::builder().location_constraint(place).build()
        });
        client
            .create_bucket()
            .bucket(&name)
            .set_create_bucket_configuration(place)
            .object_lock_enabled_for_bucket(matches!(kind, Kind::Lock | Kind::Governed))
            .send()
            .await
            .map_err(say)?;
        if kind == Kind::Versioned {
            let on = BucketVersioningStatus::Enabled;
            client
                .put_bucket_versioning()
                .bucket(&name)
                .versioning_configuration(VersioningConfiguration::builder().status(on).build())
                .send()
                .await
                .map_err(say)?;
        }
        if kind == Kind::Governed {
            let retention = DefaultRetention::builder()
                .mode(ObjectLockRetentionMode::Governance)
                .days(1)
                .build();
            let rule = ObjectLockRule::builder().default_retention(retention).build();
            let lock = ObjectLockConfiguration::builder()
                .object_lock_enabled(ObjectLockEnabled::Enabled)
                .rule(rule)
                .build();
            client
                .put_object_lock_configuration()
                .bucket(&name)
                .object_lock_configuration(lock)
                .send()
                .await
                .map_err(say)?;
        }
        Ok(Bucket { server: self.clone(), kind, name })
    }

    /// How a numbered log can be written to such a bucket of a server that is known.
    pub(crate) fn conditions(&self, kind: Kind) -> Option<Conditions> {
        match (self.name.as_str(), kind) {
            ("ministack" | "versity", _) | ("ceph", Kind::Plain) => Some(Conditions::Atomic),
            ("ceph", _) => Some(Conditions::OldestVersion),
            _ => None,
        }
    }
}

impl Bucket {
    /// The address of a part of it.
    pub(crate) fn url(&self, prefix: &str) -> String {
        format!("s3://{}/{prefix}?endpoint={}", self.name, self.server.endpoint)
    }

    /// Removes it with everything in it, if nothing in it is locked.
    pub(crate) async fn remove(self) -> Result<()> {
        let store = Store::open(&self.url("")).await.map_err(say)?;
        let kept = conformance::clean(&store).await.map_err(say)?;
        if kept > 0 {
            return Err(format!(
                "`{}`, with {kept} versions that are locked for a while",
                self.name
            ));
        }
        let (client, _) = self.server.client().await;
        client.delete_bucket().bucket(&self.name).send().await.map(drop).map_err(say)
    }
}

/// An error with everything below it.
fn say(error: impl Error) -> String {
    let mut said = error.to_string();
    let mut source = error.source();
    while let Some(below) = source {
        said.push_str(&format!(": {below}"));
        source = below.source();
    }
    said
}
