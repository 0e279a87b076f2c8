//! The desired state of one bucket, in the words of AWS.
//!
//! Every rendering (Terraform input, policies, alarm, catalogue, pull request) is a projection of
//! this one value, so that a rule about what a request means is written once.

mod lifecycle;

use std::collections::BTreeMap;

use serde::Serialize;

pub use lifecycle::{Dropped, LifecycleRule, Transition};

use crate::naming;
use crate::policy::Policy;
use crate::request::S3BucketRequest;
use crate::words::{Encryption, PublicAccess, Purpose, Retention, StorageClass};

/// The bytes of a gigabyte as S3 bills it, 2^30. Source: Amazon S3 pricing, "storage is measured
/// in binary gigabytes".
pub const BYTES_PER_GB: u64 = 1 << 30;

/// What a bucket is to be.
///
/// ```
/// # use contract_core::{check, BucketSpec, Document, Policy, S3BucketRequest};
/// # let document = Document { path: None, bytes: include_bytes!("../tests/it/contracts/uploads.yaml") };
/// # let policy = Policy::default();
/// # let request = check(document, &policy, S3BucketRequest::from_contract).1.flatten().unwrap();
/// let spec = BucketSpec::of(&request, &policy);
/// assert_eq!(spec.bucket, "goldenpath-dev-payments-api-uploads");
/// assert_eq!(spec.state_key, "envs/dev/s3/S3-0001/terraform.tfstate");
/// assert_eq!(spec.alarm.threshold_bytes, 107_374_182_400);
/// assert_eq!(spec.tags["ManagedBy"], "terraform");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BucketSpec {
    /// The number of the request.
    pub id: String,
    /// The name of the bucket.
    pub bucket: String,
    /// Where it lives.
    pub environment: String,
    /// The team that answers for it.
    pub owner: String,
    /// The application that uses it.
    pub application: String,
    /// The person who asked for it.
    pub requester: String,
    /// The day of the request, if it says.
    pub created: Option<String>,
    /// What it is for.
    pub purpose: Purpose,
    /// What is stored, in words.
    pub description: String,
    /// How long objects are kept.
    pub retention: Retention,
    /// Why.
    pub rationale: String,
    /// The class in which objects come to rest unless a lifecycle rule moves them further.
    pub storage_class: StorageClass,
    /// Who encrypts.
    pub encryption: Encryption,
    /// The alias of the key; there is one exactly if the encryption is `sse-kms` and the request
    /// is complete.
    pub kms_key_alias: Option<String>,
    /// Whether overwritten and deleted objects are kept as versions.
    pub versioning: bool,
    /// Whether the world is kept out.
    pub public_access: PublicAccess,
    /// The same as the four settings of S3.
    pub public_access_block: PublicAccessBlock,
    /// What happens to objects as they age, in the order of the documents before.
    pub lifecycle: Vec<LifecycleRule>,
    /// What the request asks for in vain.
    pub dropped: Vec<Dropped>,
    /// The bucket that receives the access log, if one is written.
    pub log_target: Option<String>,
    /// Whether the bucket itself receives the access logs of its environment.
    pub receives_logs: bool,
    /// What browsers of other origins may do.
    pub cors: Vec<CorsRule>,
    /// The tags.
    pub tags: BTreeMap<String, String>,
    /// The alarm on its size.
    pub alarm: Alarm,
    /// The key of its Terraform state.
    pub state_key: String,
}

/// The four settings that keep the public out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PublicAccessBlock {
    /// Refuse new public access control lists.
    pub block_public_acls: bool,
    /// Refuse public bucket policies.
    pub block_public_policy: bool,
    /// Act as if no access control list were public.
    pub ignore_public_acls: bool,
    /// Let only the account and AWS services use a public policy.
    pub restrict_public_buckets: bool,
}

impl PublicAccessBlock {
    /// The settings for `access`.
    ///
    /// An approved exception opens the bucket through its policy alone. Access control lists stay
    /// off: the bucket owner owns every object (`BucketOwnerEnforced`).
    fn of(access: PublicAccess) -> Self {
        let blocked = access == PublicAccess::Blocked;
        Self {
            block_public_acls: true,
            block_public_policy: blocked,
            ignore_public_acls: true,
            restrict_public_buckets: blocked,
        }
    }
}

/// What browsers of some origins may do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CorsRule {
    /// The methods.
    pub allowed_methods: Vec<String>,
    /// The origins, such as `https://app.example.com`.
    pub allowed_origins: Vec<String>,
}

/// The alarm on the size of a bucket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// Its name.
    pub name: String,
    /// The size from which it goes off, in GiB.
    pub threshold_gb: u32,
    /// The same in bytes.
    pub threshold_bytes: u64,
}

impl BucketSpec {
    /// The desired state that `request` asks for under `policy`.
    ///
    /// Pure arithmetic: it does not judge. Ask [`S3BucketRequest::check`] first.
    pub fn of(request: &S3BucketRequest, policy: &Policy) -> Self {
        let spec = &request.spec;
        let bucket = spec.bucket_name.clone();
        let encryption = spec.encryption.kind;
        let kms_key_alias =
            spec.encryption.kms_key_alias.clone().filter(|_| encryption == Encryption::SseKms);
        let logging = &spec.access_logging;
        let gb = spec.cost_alert_gb;
        let planned = lifecycle::plan(spec.lifecycle.unwrap_or_default(), spec.storage_class);
        Self {
            id: request.id.clone(),
            environment: request.environment.clone(),
            owner: request.owner.clone(),
            application: request.application.clone(),
            requester: request.requester.clone(),
            created: request.metadata.as_ref().and_then(|metadata| metadata.created.clone()),
            purpose: spec.purpose.kind,
            description: spec.purpose.description.clone(),
            retention: spec.retention_policy.kind,
            rationale: spec.retention_policy.rationale.clone(),
            storage_class: planned.storage_class,
            encryption,
            kms_key_alias,
            versioning: spec.versioning,
            public_access: spec.public_access,
            public_access_block: PublicAccessBlock::of(spec.public_access),
            lifecycle: planned.rules,
            dropped: planned.dropped,
            log_target: logging.target_bucket.clone().filter(|_| logging.enabled),
            receives_logs: bucket == naming::log_bucket(policy, &request.environment),
            cors: cors(spec.cors_enabled, policy),
            tags: tags(request),
            alarm: Alarm {
                name: policy.alarm_name.replace("{bucket}", &bucket),
                threshold_gb: gb,
                threshold_bytes: u64::from(gb) * BYTES_PER_GB,
            },
            state_key: naming::state_key(&request.environment, &request.id),
            bucket,
        }
    }
}

/// Reading, from the origins that the organisation knows. Without origins there is no rule.
fn cors(enabled: bool, policy: &Policy) -> Vec<CorsRule> {
    if !enabled || policy.cors_origins.is_empty() {
        return Vec::new();
    }
    vec![CorsRule {
        allowed_methods: vec!["GET".to_owned(), "HEAD".to_owned()],
        allowed_origins: policy.cors_origins.clone(),
    }]
}

/// The platform's tags, and the request's own where the platform has none of that name.
fn tags(request: &S3BucketRequest) -> BTreeMap<String, String> {
    let own = request.spec.tags.iter().filter(|(key, _)| key.as_str() != "costCenter");
    let mut tags: BTreeMap<_, _> = own.map(|(k, v)| (k.clone(), v.clone())).collect();
    let platform = [
        ("Environment", request.environment.as_str()),
        ("Owner", &request.owner),
        ("Application", &request.application),
        ("Requester", &request.requester),
        ("Purpose", request.spec.purpose.kind.word()),
        ("CostCenter", request.cost_center()),
        ("ManagedBy", "terraform"),
        ("RequestId", &request.id),
    ];
    tags.extend(platform.map(|(key, value)| (key.to_owned(), value.to_owned())));
    tags
}
