//! From a form to a contract: what the requester leaves out follows from the purpose and the
//! environment.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};

use crate::ids::RequestId;
use crate::naming;
use crate::policy::Policy;
use crate::request::{
    AccessLogging, EncryptionSpec, Lifecycle, PurposeSpec, RetentionPolicy, S3BucketRequest, Spec,
};
use crate::words::{Encryption, PublicAccess, Purpose, Retention, StorageClass};

/// What a form asks for. The names of the fields are those of the form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Draft {
    /// The application that uses the bucket.
    pub application: String,
    /// The kind of data.
    pub purpose_type: Purpose,
    /// What is stored, in words.
    pub purpose_description: String,
    /// The team that answers for the bucket. A form may give Backstage's reference to it, such as
    /// `group:default/app-team`; the name in it counts.
    #[serde(deserialize_with = "name_in_reference")]
    pub owner: String,
    /// The person who asks.
    pub requester: String,
    /// Where the bucket lives.
    pub environment: String,
    /// Who pays.
    pub cost_center: String,
    /// From how many GiB on the owner is alerted.
    pub cost_alert_gb: u32,
    /// The storage class; left out, what suits the purpose.
    #[serde(default)]
    pub storage_class: Option<StorageClass>,
    /// Whether versions are kept; left out, what suits the purpose.
    #[serde(default)]
    pub versioning: Option<bool>,
    /// Whether browsers may read from other origins.
    #[serde(default)]
    pub cors_enabled: bool,
    /// How long objects are kept.
    pub retention_type: Retention,
    /// Why.
    pub retention_rationale: String,
    /// Whether the world is kept out; left out, it is.
    #[serde(default)]
    pub public_access: Option<PublicAccess>,
    /// Days after which objects are deleted; left out, what suits the purpose.
    #[serde(default)]
    pub expire_days: Option<u32>,
    /// Days after which objects move to Standard-IA.
    #[serde(default)]
    pub transition_to_ia_days: Option<u32>,
    /// Days after which objects move to Glacier; left out, what suits the purpose.
    #[serde(default)]
    pub transition_to_glacier_days: Option<u32>,
    /// Further tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// The name in `[kind:][namespace/]name` ("Entity References" of the Backstage documentation).
fn name_in_reference<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let text = String::deserialize(from)?;
    let name = text.rsplit_once([':', '/']).map_or(&*text, |(_, name)| name);
    Ok(name.to_owned())
}

/// What suits a purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PurposeDefaults {
    /// Where objects are kept.
    pub storage_class: StorageClass,
    /// Whether versions are kept.
    pub versioning: bool,
    /// Days after which objects are deleted.
    pub expire_days: Option<u32>,
    /// Days after which objects move to Glacier.
    pub transition_to_glacier_days: Option<u32>,
}

impl Purpose {
    /// What suits the purpose, as the platform's schema for requests says.
    ///
    /// ```
    /// use contract_core::{Purpose, StorageClass};
    ///
    /// let logs = Purpose::Logs.defaults();
    /// assert_eq!((logs.versioning, logs.expire_days), (false, Some(90)));
    /// assert_eq!(logs.storage_class, StorageClass::StandardIa);
    /// ```
    pub fn defaults(self) -> PurposeDefaults {
        let (storage_class, versioning, expire_days, transition_to_glacier_days) = match self {
            Self::Logs => (StorageClass::StandardIa, false, Some(90), None),
            Self::Uploads | Self::StaticAssets => (StorageClass::Standard, true, None, None),
            Self::Backups => (StorageClass::Standard, true, None, Some(90)),
            Self::DataLake => (StorageClass::IntelligentTiering, false, None, None),
        };
        PurposeDefaults { storage_class, versioning, expire_days, transition_to_glacier_days }
    }
}

impl Draft {
    /// The contract that the draft becomes with the number `id`. It names everything, so that a
    /// reviewer need not know what is meant where nothing is said.
    ///
    /// The draft is not judged: ask [`S3BucketRequest::check`].
    pub fn into_request(self, id: RequestId, policy: &Policy) -> S3BucketRequest {
        let defaults = self.purpose_type.defaults();
        let protected = policy.is_protected(&self.environment);
        let bucket_name =
            naming::bucket(policy, &self.environment, &self.application, self.purpose_type);
        // A default must not contradict what was said: data that is kept for good does not expire.
        let may_expire = self.retention_type != Retention::Indefinite;
        let lifecycle = Lifecycle {
            expire_days: self.expire_days.or(defaults.expire_days.filter(|_| may_expire)),
            transition_to_ia_days: self.transition_to_ia_days,
            transition_to_glacier_days: self
                .transition_to_glacier_days
                .or(defaults.transition_to_glacier_days),
        };
        let encryption = if protected {
            EncryptionSpec {
                kind: Encryption::SseKms,
                kms_key_alias: Some(naming::kms_key_alias(policy, &self.environment)),
            }
        } else {
            EncryptionSpec::default()
        };
        let access_logging = AccessLogging {
            enabled: protected,
            target_bucket: protected.then(|| naming::log_bucket(policy, &self.environment)),
        };
        let mut tags = self.tags;
        tags.insert("costCenter".to_owned(), self.cost_center);
        S3BucketRequest {
            api_version: "goldenpath.io/v1".to_owned(),
            kind: "S3BucketRequest".to_owned(),
            id: id.to_string(),
            environment: self.environment,
            owner: self.owner,
            application: self.application,
            requester: self.requester,
            metadata: None,
            spec: Spec {
                bucket_name,
                purpose: PurposeSpec {
                    kind: self.purpose_type,
                    description: self.purpose_description,
                },
                storage_class: self.storage_class.unwrap_or(defaults.storage_class),
                encryption,
                versioning: self.versioning.unwrap_or(defaults.versioning),
                public_access: self.public_access.unwrap_or(PublicAccess::Blocked),
                retention_policy: RetentionPolicy {
                    kind: self.retention_type,
                    rationale: self.retention_rationale,
                },
                lifecycle: (lifecycle != Lifecycle::default()).then_some(lifecycle),
                access_logging,
                cost_alert_gb: self.cost_alert_gb,
                cors_enabled: self.cors_enabled,
                tags,
            },
        }
    }
}
