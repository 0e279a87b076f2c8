# Printed from the table of fields in crates/contract-core; change the table instead.

variable "s3_bucket" {
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

  validation {
    condition     = length(var.s3_bucket.bucket_name) >= 3 && length(var.s3_bucket.bucket_name) <= 63
    error_message = "s3_bucket.bucket_name has 3 to 63 characters."
  }
  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", var.s3_bucket.bucket_name))
    error_message = "s3_bucket.bucket_name matches ^[a-z0-9]([a-z0-9-]*[a-z0-9])?$."
  }
  validation {
    condition     = !can(regex("^(xn--|sthree-|amzn-s3-demo-)", var.s3_bucket.bucket_name))
    error_message = "s3_bucket.bucket_name begins with none of xn--, sthree-, amzn-s3-demo-, which S3 reserves."
  }
  validation {
    condition     = !can(regex("(-s3alias|--ol-s3|--x-s3|--table-s3)$", var.s3_bucket.bucket_name))
    error_message = "s3_bucket.bucket_name ends in none of -s3alias, --ol-s3, --x-s3, --table-s3, which S3 reserves."
  }
  validation {
    condition     = contains(["SSE_S3", "SSE_KMS"], var.s3_bucket.encryption.type)
    error_message = "s3_bucket.encryption.type is one of SSE_S3, SSE_KMS."
  }
  validation {
    condition     = var.s3_bucket.encryption.kms_key_alias == null ? true : length(var.s3_bucket.encryption.kms_key_alias) >= 7 && length(var.s3_bucket.encryption.kms_key_alias) <= 256
    error_message = "s3_bucket.encryption.kms_key_alias has 7 to 256 characters."
  }
  validation {
    condition     = var.s3_bucket.encryption.kms_key_alias == null ? true : can(regex("^alias/[a-z0-9-]+$", var.s3_bucket.encryption.kms_key_alias))
    error_message = "s3_bucket.encryption.kms_key_alias matches ^alias/[a-z0-9-]+$."
  }
  validation {
    condition     = (var.s3_bucket.encryption.type == "SSE_KMS") == (var.s3_bucket.encryption.kms_key_alias != null)
    error_message = "s3_bucket.encryption.kms_key_alias is given with SSE_KMS and only with SSE_KMS."
  }
  validation {
    condition     = length(distinct(var.s3_bucket.lifecycle_rules[*].id)) == length(var.s3_bucket.lifecycle_rules)
    error_message = "s3_bucket.lifecycle_rules has each id once."
  }
  validation {
    condition     = alltrue([for rule in var.s3_bucket.lifecycle_rules : length(rule.id) >= 1 && length(rule.id) <= 255])
    error_message = "s3_bucket.lifecycle_rules[*].id has 1 to 255 characters."
  }
  validation {
    condition     = alltrue([for rule in var.s3_bucket.lifecycle_rules : rule.expiration != null || length(rule.transition) > 0])
    error_message = "s3_bucket.lifecycle_rules[*] has an expiration or a transition: S3 refuses a rule without an action."
  }
  validation {
    condition     = alltrue([for rule in var.s3_bucket.lifecycle_rules : rule.expiration == null ? true : rule.expiration.days >= 1 && rule.expiration.days <= 3650 && floor(rule.expiration.days) == rule.expiration.days])
    error_message = "s3_bucket.lifecycle_rules[*].expiration.days is a whole number from 1 to 3650."
  }
  validation {
    condition     = alltrue([for move in flatten(var.s3_bucket.lifecycle_rules[*].transition) : move.days >= 0 && move.days <= 3650 && floor(move.days) == move.days])
    error_message = "s3_bucket.lifecycle_rules[*].transition[*].days is a whole number from 0 to 3650."
  }
  validation {
    condition     = alltrue([for move in flatten(var.s3_bucket.lifecycle_rules[*].transition) : contains(["INTELLIGENT_TIERING", "STANDARD_IA", "GLACIER"], move.storage_class)])
    error_message = "s3_bucket.lifecycle_rules[*].transition[*].storage_class is one of INTELLIGENT_TIERING, STANDARD_IA, GLACIER."
  }
  validation {
    condition     = alltrue([for move in flatten(var.s3_bucket.lifecycle_rules[*].transition) : move.storage_class != "STANDARD_IA" || move.days >= 30])
    error_message = "s3_bucket.lifecycle_rules[*].transition[*].days is at least 30 for STANDARD_IA: S3 refuses an earlier one."
  }
  validation {
    condition     = alltrue([for rule in var.s3_bucket.lifecycle_rules : rule.id != "transition-to-ia" || alltrue([for move in rule.transition : move.days >= 30])])
    error_message = "s3_bucket.lifecycle_rules has the rule transition-to-ia from day 30 on."
  }
  validation {
    condition     = alltrue([for rule in var.s3_bucket.lifecycle_rules : rule.id != "transition-to-glacier" || alltrue([for move in rule.transition : move.days >= 90])])
    error_message = "s3_bucket.lifecycle_rules has the rule transition-to-glacier from day 90 on."
  }
  validation {
    condition     = alltrue([for rule in var.s3_bucket.lifecycle_rules : rule.expiration == null ? true : alltrue([for move in flatten(var.s3_bucket.lifecycle_rules[*].transition) : move.days < rule.expiration.days])])
    error_message = "s3_bucket.lifecycle_rules expires objects later than it moves them: every expiration.days is greater than every transition days."
  }
  validation {
    condition     = try(var.s3_bucket.logging.target_bucket, null) == null ? true : length(try(var.s3_bucket.logging.target_bucket, null)) >= 3 && length(try(var.s3_bucket.logging.target_bucket, null)) <= 63
    error_message = "s3_bucket.logging.target_bucket has 3 to 63 characters."
  }
  validation {
    condition     = try(var.s3_bucket.logging.target_bucket, null) == null ? true : can(regex("^[a-z0-9]([a-z0-9-]*[a-z0-9])?$", try(var.s3_bucket.logging.target_bucket, null)))
    error_message = "s3_bucket.logging.target_bucket matches ^[a-z0-9]([a-z0-9-]*[a-z0-9])?$."
  }
  validation {
    condition     = var.s3_bucket.logging == null ? true : !var.s3_bucket.logging.enabled || var.s3_bucket.logging.target_bucket != null
    error_message = "s3_bucket.logging.target_bucket is given when logging is enabled."
  }
  validation {
    condition     = try(var.s3_bucket.logging.target_bucket, null) != var.s3_bucket.bucket_name
    error_message = "s3_bucket.logging.target_bucket is another bucket: one that logs to itself never stops growing."
  }
  validation {
    condition     = length(var.s3_bucket.tags) <= 50
    error_message = "s3_bucket.tags has at most 50 tags."
  }
  validation {
    condition     = alltrue([for key, value in var.s3_bucket.tags : length(key) >= 1 && length(key) <= 128 && length(value) <= 256])
    error_message = "s3_bucket.tags has keys of 1 to 128 and values of at most 256 characters."
  }
  validation {
    condition     = alltrue([for key, value in var.s3_bucket.tags : can(regex("^[\\p{L}\\p{N} _.:/=+@-]*$", "${key}${value}"))])
    error_message = "s3_bucket.tags has letters, digits, spaces and _ . : / = + - @."
  }
  validation {
    condition     = alltrue([for key, value in var.s3_bucket.tags : !startswith(lower(key), "aws:")])
    error_message = "s3_bucket.tags has no key that begins with aws:, which AWS reserves."
  }
  validation {
    condition     = lookup(var.s3_bucket.tags, "Application", null) == null ? true : length(lookup(var.s3_bucket.tags, "Application", null)) >= 3 && length(lookup(var.s3_bucket.tags, "Application", null)) <= 31
    error_message = "s3_bucket.tags.Application has 3 to 31 characters."
  }
  validation {
    condition     = lookup(var.s3_bucket.tags, "Application", null) == null ? true : can(regex("^[a-z][a-z0-9-]*[a-z0-9]$", lookup(var.s3_bucket.tags, "Application", null)))
    error_message = "s3_bucket.tags.Application matches ^[a-z][a-z0-9-]*[a-z0-9]$."
  }
  validation {
    condition     = lookup(var.s3_bucket.tags, "CostCenter", null) == null ? true : length(lookup(var.s3_bucket.tags, "CostCenter", null)) >= 1 && length(lookup(var.s3_bucket.tags, "CostCenter", null)) <= 64
    error_message = "s3_bucket.tags.CostCenter has 1 to 64 characters."
  }
  validation {
    condition     = lookup(var.s3_bucket.tags, "CostCenter", null) == null ? true : can(regex("^[a-z0-9-]+$", lookup(var.s3_bucket.tags, "CostCenter", null)))
    error_message = "s3_bucket.tags.CostCenter matches ^[a-z0-9-]+$."
  }
  validation {
    condition     = lookup(var.s3_bucket.tags, "Owner", null) == null ? true : length(lookup(var.s3_bucket.tags, "Owner", null)) >= 1 && length(lookup(var.s3_bucket.tags, "Owner", null)) <= 64
    error_message = "s3_bucket.tags.Owner has 1 to 64 characters."
  }
  validation {
    condition     = lookup(var.s3_bucket.tags, "Purpose", null) == null ? true : contains(["logs", "uploads", "backups", "data-lake", "static-assets"], lookup(var.s3_bucket.tags, "Purpose", null))
    error_message = "s3_bucket.tags.Purpose is one of logs, uploads, backups, data-lake, static-assets."
  }
  validation {
    condition     = lookup(var.s3_bucket.tags, "RequestId", null) == null ? true : length(lookup(var.s3_bucket.tags, "RequestId", null)) >= 7 && length(lookup(var.s3_bucket.tags, "RequestId", null)) <= 7
    error_message = "s3_bucket.tags.RequestId has 7 characters."
  }
  validation {
    condition     = lookup(var.s3_bucket.tags, "RequestId", null) == null ? true : can(regex("^S3-[0-9]{4}$", lookup(var.s3_bucket.tags, "RequestId", null)))
    error_message = "s3_bucket.tags.RequestId matches ^S3-[0-9]{4}$."
  }
  validation {
    condition     = contains(["STANDARD", "INTELLIGENT_TIERING", "STANDARD_IA", "GLACIER"], var.s3_bucket.storage_class)
    error_message = "s3_bucket.storage_class is one of STANDARD, INTELLIGENT_TIERING, STANDARD_IA, GLACIER."
  }
  validation {
    condition     = var.s3_bucket.storage_class == "STANDARD" || anytrue([for rule in var.s3_bucket.lifecycle_rules : rule.enabled && contains(rule.transition[*].storage_class, var.s3_bucket.storage_class)])
    error_message = "s3_bucket.storage_class is reached by an enabled lifecycle rule: a bucket has no storage class of its own."
  }
  validation {
    condition     = length(var.s3_bucket.cors_rules) <= 100
    error_message = "s3_bucket.cors_rules has at most 100 rules."
  }
  validation {
    condition     = alltrue([for rule in var.s3_bucket.cors_rules : length(rule.allowed_methods) > 0 && length(rule.allowed_origins) > 0])
    error_message = "s3_bucket.cors_rules[*] names at least one method and one origin."
  }
  validation {
    condition     = alltrue([for method in flatten(var.s3_bucket.cors_rules[*].allowed_methods) : contains(["GET", "PUT", "POST", "DELETE", "HEAD"], method)])
    error_message = "s3_bucket.cors_rules[*].allowed_methods is made of GET, PUT, POST, DELETE, HEAD."
  }
}

variable "cost_alert" {
  description = "The alarm on the size of the bucket. A gigabyte here is 2^30 bytes."
  nullable    = false
  type = object({
    threshold_gb    = number
    alarm_name      = string
    threshold_bytes = optional(number)
  })

  validation {
    condition     = var.cost_alert.threshold_gb >= 1 && var.cost_alert.threshold_gb <= 10000 && floor(var.cost_alert.threshold_gb) == var.cost_alert.threshold_gb
    error_message = "cost_alert.threshold_gb is a whole number from 1 to 10000."
  }
  validation {
    condition     = length(var.cost_alert.alarm_name) >= 1 && length(var.cost_alert.alarm_name) <= 255
    error_message = "cost_alert.alarm_name has 1 to 255 characters."
  }
  validation {
    condition     = var.cost_alert.threshold_bytes == null ? true : var.cost_alert.threshold_bytes == var.cost_alert.threshold_gb * 1073741824
    error_message = "cost_alert.threshold_bytes is threshold_gb in bytes, 1073741824 each."
  }
}

variable "bucket_policy" {
  description = "The rendered bucket policy, as JSON. What it says besides refusing plain HTTP is added."
  type        = string
  default     = null

  validation {
    condition     = var.bucket_policy == null ? true : can(jsondecode(var.bucket_policy).Statement[*].Sid)
    error_message = "bucket_policy is JSON, and each of its statements has a Sid."
  }
}

variable "alarm_actions" {
  description = "ARNs told when the alarm goes off and when it is over, such as an SNS topic."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for action in var.alarm_actions : startswith(action, "arn:")])
    error_message = "alarm_actions is made of ARNs."
  }
}
