//! Names that follow from other names.

use crate::policy::Policy;
use crate::words::Purpose;

/// The bucket name that follows from the fields of a contract:
/// `{prefix}-{environment}-{application}-{purpose}`.
///
/// ```
/// use contract_core::{Policy, Purpose, naming};
///
/// let name = naming::bucket(&Policy::default(), "dev", "payments-api", Purpose::Uploads);
/// assert_eq!(name, "goldenpath-dev-payments-api-uploads");
/// ```
pub fn bucket(policy: &Policy, environment: &str, application: &str, purpose: Purpose) -> String {
    format!("{}-{environment}-{application}-{purpose}", policy.prefix)
}

/// The alias of the key that the platform keeps for an environment: `alias/{prefix}-{environment}-s3`.
pub fn kms_key_alias(policy: &Policy, environment: &str) -> String {
    format!("alias/{}-{environment}-s3", policy.prefix)
}

/// The bucket that receives the access logs of an environment: `{prefix}-{environment}-logs`.
pub fn log_bucket(policy: &Policy, environment: &str) -> String {
    format!("{}-{environment}-logs", policy.prefix)
}

/// The key of the Terraform state of one request: `envs/{environment}/s3/{id}/terraform.tfstate`.
pub fn state_key(environment: &str, id: &str) -> String {
    format!("envs/{environment}/s3/{id}/terraform.tfstate")
}

/// The tags that the platform sets on every bucket; a contract cannot.
pub const GENERATED_TAGS: &[&str] = &[
    "Environment",
    "Application",
    "Owner",
    "Requester",
    "Purpose",
    "RequestId",
    "ManagedBy",
    "CostCenter",
];
