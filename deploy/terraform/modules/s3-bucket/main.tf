# One bucket of a request. Each feature is a resource of its own, so that a plan names what changes.

locals {
  bucket      = var.s3_bucket
  uses_kms    = local.bucket.encryption.type == "SSE_KMS"
  writes_logs = local.bucket.logging == null ? false : local.bucket.logging.enabled

  # A file from before the field existed gives only gigabytes.
  threshold_bytes = coalesce(var.cost_alert.threshold_bytes, var.cost_alert.threshold_gb * 1073741824)

  # The rendered policy may say more than this module does on its own, such as who delivers logs.
  more_statements = var.bucket_policy == null ? [] : [
    for statement in jsondecode(var.bucket_policy).Statement : statement if statement.Sid != "DenyInsecureTransport"
  ]

  # Every class an application can write to has its own series of BucketSizeBytes. An alarm on
  # metric math takes ten series and no more (Amazon CloudWatch user guide, "Create a CloudWatch
  # alarm based on a metric math expression"), so this list is full: the archive tiers of
  # Intelligent-Tiering, which nothing here switches on, and the per-object overheads are left out.
  storage_types = [
    "StandardStorage",
    "IntelligentTieringFAStorage",
    "IntelligentTieringIAStorage",
    "IntelligentTieringAIAStorage",
    "StandardIAStorage",
    "OneZoneIAStorage",
    "GlacierInstantRetrievalStorage",
    "GlacierStorage",
    "GlacierStagingStorage",
    "DeepArchiveStorage",
  ]
}

resource "aws_s3_bucket" "this" {
  bucket = local.bucket.bucket_name
  tags   = local.bucket.tags

  force_destroy = false

  # Renaming a bucket, or deleting the request, must not delete the objects.
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.bucket

  versioning_configuration {
    status = local.bucket.versioning_enabled ? "Enabled" : "Suspended"
  }
}

# S3 looks an alias up in the account of whoever writes an object. The key's ARN means the same
# key to everyone.
data "aws_kms_alias" "this" {
  count = local.uses_kms ? 1 : 0
  name  = local.bucket.encryption.kms_key_alias
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.bucket

  rule {
    # Fewer calls to KMS. With it the encryption context is the ARN of the bucket.
    bucket_key_enabled = local.uses_kms

    apply_server_side_encryption_by_default {
      sse_algorithm     = local.uses_kms ? "aws:kms" : "AES256"
      kms_master_key_id = one(data.aws_kms_alias.this[*].target_key_arn)
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket = aws_s3_bucket.this.bucket

  block_public_acls       = local.bucket.public_access_block.block_public_acls
  block_public_policy     = local.bucket.public_access_block.block_public_policy
  ignore_public_acls      = local.bucket.public_access_block.ignore_public_acls
  restrict_public_buckets = local.bucket.public_access_block.restrict_public_buckets
}

resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.bucket

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  count  = length(local.bucket.lifecycle_rules) > 0 ? 1 : 0
  bucket = aws_s3_bucket.this.bucket

  dynamic "rule" {
    for_each = local.bucket.lifecycle_rules

    content {
      id     = rule.value.id
      status = rule.value.enabled ? "Enabled" : "Disabled"

      # Every object.
      filter {}

      dynamic "expiration" {
        for_each = rule.value.expiration[*]

        content {
          days = expiration.value.days
        }
      }

      dynamic "transition" {
        for_each = rule.value.transition

        content {
          days          = transition.value.days
          storage_class = transition.value.storage_class
        }
      }
    }
  }

  # S3 reads what a rule means from the versioning of the bucket.
  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_logging" "this" {
  count  = local.writes_logs ? 1 : 0
  bucket = aws_s3_bucket.this.bucket

  target_bucket = local.bucket.logging.target_bucket
  target_prefix = "${local.bucket.bucket_name}/"
}

resource "aws_s3_bucket_cors_configuration" "this" {
  count  = length(local.bucket.cors_rules) > 0 ? 1 : 0
  bucket = aws_s3_bucket.this.bucket

  dynamic "cors_rule" {
    for_each = local.bucket.cors_rules

    content {
      allowed_methods = cors_rule.value.allowed_methods
      allowed_origins = cors_rule.value.allowed_origins
      allowed_headers = cors_rule.value.allowed_headers
      expose_headers  = cors_rule.value.expose_headers
      max_age_seconds = cors_rule.value.max_age_seconds
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.bucket

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([
      {
        Sid       = "DenyInsecureTransport"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = [aws_s3_bucket.this.arn, "${aws_s3_bucket.this.arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ], local.more_statements)
  })

  # S3 answers two changes of one bucket's access at the same time with a conflict.
  depends_on = [aws_s3_bucket_public_access_block.this]
}

resource "aws_cloudwatch_metric_alarm" "size" {
  alarm_name        = var.cost_alert.alarm_name
  alarm_description = "${local.bucket.bucket_name} holds more than ${var.cost_alert.threshold_gb} GiB"
  tags              = local.bucket.tags

  comparison_operator = "GreaterThanThreshold"
  threshold           = local.threshold_bytes
  evaluation_periods  = 1
  alarm_actions       = var.alarm_actions
  ok_actions          = var.alarm_actions

  # The size comes once a day and late; CloudWatch looks back for the last one. A bucket without
  # any, newly made or emptied, costs nothing.
  treat_missing_data = "notBreaching"

  metric_query {
    id          = "total"
    expression  = "SUM(METRICS())"
    label       = "bytes in all storage classes"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = local.storage_types

    content {
      id          = "m${metric_query.key}"
      return_data = false

      metric {
        namespace   = "AWS/S3"
        metric_name = "BucketSizeBytes"
        period      = 86400
        stat        = "Average"
        dimensions = {
          BucketName  = aws_s3_bucket.this.bucket
          StorageType = metric_query.value
        }
      }
    }
  }
}
