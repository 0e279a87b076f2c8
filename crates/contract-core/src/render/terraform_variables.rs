//! The `variables.tf` of the Terraform module for one bucket, with a `validation` block for every
//! limit.
//!
//! What a contract may hold is asked of the table of fields, what S3 takes of `storage-core`; here
//! stands only how Terraform spells the question.

mod limits;
mod spelling;

use limits::{alert, cors, encryption, lifecycle, logging, names, storage, tags};
use spelling::{Limit, limit, quoted};

/// The variable `s3_bucket` up to its limits: the fields of the rendered tfvars file.
const BUCKET: &str = r#"variable "s3_bucket" {
  description = "The bucket, as the request renders it. Everything in here reaches a resource."
  nullable    = false
  type = object({
    bucket_name        = string
    versioning_enabled = bool
    encryption = object({
      type          = string
      kms_key_alias = optional(string)
    })
    public_access_block = object({
      block_public_acls       = bool
      block_public_policy     = bool
      ignore_public_acls      = bool
      restrict_public_buckets = bool
    })
    lifecycle_rules = optional(list(object({
      id      = string
      enabled = bool
      expiration = optional(object({
        days = number
      }))
      transition = optional(list(object({
        days          = number
        storage_class = string
      })), [])
    })), [])
    logging = optional(object({
      enabled       = bool
      target_bucket = optional(string)
    }))
    tags          = optional(map(string), {})
    storage_class = optional(string, "STANDARD")
    cors_rules = optional(list(object({
      allowed_methods = list(string)
      allowed_origins = list(string)
      allowed_headers = optional(list(string), [])
      expose_headers  = optional(list(string), [])
      max_age_seconds = optional(number)
    })), [])
  })
"#;

/// The variable `cost_alert` up to its limits.
const ALERT: &str = r#"variable "cost_alert" {
  description = "The alarm on the size of the bucket. A gigabyte here is 2^30 bytes."
  nullable    = false
  type = object({
    threshold_gb    = number
    alarm_name      = string
    threshold_bytes = optional(number)
  })
"#;

/// The variable `alarm_actions` up to its limits.
const ACTIONS: &str = r#"variable "alarm_actions" {
  description = "ARNs told when the alarm goes off and when it is over, such as an SNS topic."
  type        = list(string)
  nullable    = false
  default     = []
"#;

/// The variable `bucket_policy` up to its limits.
const POLICY: &str = r#"variable "bucket_policy" {
  description = "The rendered bucket policy, as JSON. What it says besides refusing plain HTTP is added."
  type        = string
  default     = null
"#;

/// The whole file.
///
/// ```
/// let file = contract_core::render::terraform_variables::file();
/// assert!(file.contains(r#"can(regex("^alias/[a-z0-9-]+$", var.s3_bucket.encryption.kms_key_alias))"#));
/// ```
pub fn file() -> String {
    let actions = limit(
        r#"alltrue([for action in var.alarm_actions : startswith(action, "arn:")])"#,
        "alarm_actions is made of ARNs.",
    );
    let policy = limit(
        "var.bucket_policy == null ? true : can(jsondecode(var.bucket_policy).Statement[*].Sid)",
        "bucket_policy is JSON, and each of its statements has a Sid.",
    );
    let bucket = [names(), encryption(), lifecycle(), logging(), tags(), storage(), cors()];
    let variables = [
        variable(BUCKET, &bucket.into_iter().flatten().collect::<Vec<_>>()),
        variable(ALERT, &alert()),
        variable(POLICY, &[policy]),
        variable(ACTIONS, &[actions]),
    ];
    let head =
        "# Printed from the table of fields in crates/contract-core; change the table instead.\n";
    format!("{head}\n{}", variables.join("\n"))
}

fn variable(head: &str, limits: &[Limit]) -> String {
    let blocks: Vec<_> = limits
        .iter()
        .map(|Limit { condition, message }| {
            let message = quoted(message);
            format!("  validation {{\n    condition     = {condition}\n    error_message = {message}\n  }}\n")
        })
        .collect();
    format!("{head}\n{}}}\n", blocks.concat())
}
