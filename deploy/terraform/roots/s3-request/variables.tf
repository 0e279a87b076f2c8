# Types and limits stand in the module. Here the two objects of the rendered file are `any`, because
# Terraform silently drops what an object type does not name; this way a misspelt field is an error.

variable "s3_bucket" {
  description = "The bucket, from the rendered tfvars file."
  type        = any
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.s3_bucket), ["bucket_name", "versioning_enabled", "encryption", "public_access_block", "lifecycle_rules", "logging", "tags", "storage_class", "cors_rules"])) == 0
    error_message = "s3_bucket has a field that nothing reads; it knows bucket_name, versioning_enabled, encryption, public_access_block, lifecycle_rules, logging, tags, storage_class, cors_rules."
  }
  validation {
    condition     = length(setsubtract(try(keys(var.s3_bucket.encryption), []), ["type", "kms_key_alias"])) == 0
    error_message = "s3_bucket.encryption has a field that nothing reads; it knows type, kms_key_alias."
  }
  validation {
    condition     = length(setsubtract(try(keys(var.s3_bucket.public_access_block), []), ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"])) == 0
    error_message = "s3_bucket.public_access_block has a field that nothing reads; it knows block_public_acls, block_public_policy, ignore_public_acls, restrict_public_buckets."
  }
  validation {
    condition     = length(setsubtract(try(flatten([for rule in var.s3_bucket.lifecycle_rules : keys(rule)]), []), ["id", "enabled", "expiration", "transition"])) == 0
    error_message = "s3_bucket.lifecycle_rules[*] has a field that nothing reads; it knows id, enabled, expiration, transition."
  }
  validation {
    condition     = length(setsubtract(try(keys(var.s3_bucket.logging), []), ["enabled", "target_bucket"])) == 0
    error_message = "s3_bucket.logging has a field that nothing reads; it knows enabled, target_bucket."
  }
  validation {
    condition     = length(setsubtract(try(flatten([for rule in var.s3_bucket.cors_rules : keys(rule)]), []), ["allowed_methods", "allowed_origins", "allowed_headers", "expose_headers", "max_age_seconds"])) == 0
    error_message = "s3_bucket.cors_rules[*] has a field that nothing reads; it knows allowed_methods, allowed_origins, allowed_headers, expose_headers, max_age_seconds."
  }
}

variable "cost_alert" {
  description = "The alarm on the size of the bucket, from the rendered tfvars file."
  type        = any
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.cost_alert), ["threshold_gb", "alarm_name", "threshold_bytes"])) == 0
    error_message = "cost_alert has a field that nothing reads; it knows threshold_gb, alarm_name, threshold_bytes."
  }
}

# No default: without it a log bucket would quietly receive no logs.
variable "bucket_policy" {
  description = "The rendered bucket policy: what `strongroom contract render --print bucket-policy` prints."
  type        = string
}

variable "alarm_actions" {
  description = "ARNs told when the alarm goes off and when it is over, such as an SNS topic."
  type        = list(string)
  default     = []
}

variable "aws_region" {
  description = "Region of the bucket. Without it the provider takes AWS_REGION from the environment."
  type        = string
  default     = null
}
