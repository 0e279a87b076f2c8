# Every setting of the request reaches a resource. Nothing is created: the provider is a mock.

mock_provider "aws" {
  override_during = plan

  mock_resource "aws_s3_bucket" {
    defaults = {
      arn = "arn:aws:s3:::goldenpath-prod-payments-api-uploads"
    }
  }

  mock_data "aws_kms_alias" {
    defaults = {
      target_key_arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    }
  }
}

variables {
  s3_bucket = {
    bucket_name        = "goldenpath-prod-payments-api-uploads"
    versioning_enabled = true
    encryption         = { type = "SSE_KMS", kms_key_alias = "alias/goldenpath-prod-s3" }
    public_access_block = {
      block_public_acls       = true
      block_public_policy     = true
      ignore_public_acls      = true
      restrict_public_buckets = true
    }
    lifecycle_rules = [
      { id = "expire-objects", enabled = true, expiration = { days = 3650 } },
      { id = "transition-to-glacier", enabled = false, transition = [{ days = 120, storage_class = "GLACIER" }] },
      { id = "default-storage-class", enabled = true, transition = [{ days = 30, storage_class = "STANDARD_IA" }] },
    ]
    logging       = { enabled = true, target_bucket = "goldenpath-prod-logs" }
    tags          = { Owner = "app-team", RequestId = "S3-0042" }
    storage_class = "STANDARD_IA"
    cors_rules = [{
      allowed_methods = ["GET", "PUT"]
      allowed_origins = ["https://www.example.com"]
      allowed_headers = ["*"]
      expose_headers  = ["ETag"]
      max_age_seconds = 3000
    }]
  }
  cost_alert = {
    threshold_gb    = 100
    alarm_name      = "s3-cost-alert-goldenpath-prod-payments-api-uploads"
    threshold_bytes = 107374182400
  }
  alarm_actions = ["arn:aws:sns:eu-west-1:111122223333:storage-cost"]
}

run "everything_asked_for" {
  command = plan

  assert {
    condition     = aws_s3_bucket.this.bucket == "goldenpath-prod-payments-api-uploads"
    error_message = "the bucket has another name"
  }
  assert {
    condition     = aws_s3_bucket.this.tags == tomap({ Owner = "app-team", RequestId = "S3-0042" })
    error_message = "the bucket has other tags"
  }
  assert {
    condition     = !aws_s3_bucket.this.force_destroy
    error_message = "the bucket may be destroyed with its objects"
  }
  assert {
    condition     = one(aws_s3_bucket_versioning.this.versioning_configuration).status == "Enabled"
    error_message = "versioning is not enabled"
  }
  assert {
    condition     = one(data.aws_kms_alias.this).name == "alias/goldenpath-prod-s3"
    error_message = "another key alias was looked up"
  }
  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.this.rule).bucket_key_enabled
    error_message = "every object would call KMS"
  }
  assert {
    condition = [
      for encryption in one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default :
      "${encryption.sse_algorithm} ${encryption.kms_master_key_id}"
    ] == ["aws:kms arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"]
    error_message = "the bucket is not encrypted with the key behind the alias"
  }
  assert {
    condition     = one(aws_s3_bucket_ownership_controls.this.rule).object_ownership == "BucketOwnerEnforced"
    error_message = "object ACLs are still in force"
  }
  assert {
    condition = [
      for rule in aws_s3_bucket_lifecycle_configuration.this[0].rule : "${rule.id} ${rule.status}"
      ] == [
      "expire-objects Enabled", "transition-to-glacier Disabled", "default-storage-class Enabled",
    ]
    error_message = "the lifecycle rules are others, or in another order"
  }
  assert {
    condition     = one(aws_s3_bucket_lifecycle_configuration.this[0].rule[0].expiration).days == 3650
    error_message = "objects do not expire after 3650 days"
  }
  assert {
    condition = [
      for rule in aws_s3_bucket_lifecycle_configuration.this[0].rule :
      [for move in rule.transition : "${move.days} ${move.storage_class}"]
    ] == [[], ["120 GLACIER"], ["30 STANDARD_IA"]]
    error_message = "objects move elsewhere, at another time, or twice"
  }
  assert {
    condition     = alltrue([for rule in aws_s3_bucket_lifecycle_configuration.this[0].rule : length(rule.filter) == 1])
    error_message = "a rule has no filter, which S3 refuses"
  }
  assert {
    condition     = aws_s3_bucket_logging.this[0].target_bucket == "goldenpath-prod-logs"
    error_message = "access logs go to another bucket"
  }
  assert {
    condition     = aws_s3_bucket_logging.this[0].target_prefix == "goldenpath-prod-payments-api-uploads/"
    error_message = "access logs of several buckets would mix"
  }
  assert {
    condition = [
      for rule in aws_s3_bucket_cors_configuration.this[0].cors_rule : [
        join(" ", rule.allowed_methods), join(" ", rule.allowed_origins), join(" ", rule.allowed_headers),
        join(" ", rule.expose_headers), tostring(rule.max_age_seconds),
      ]
    ] == [["GET PUT", "https://www.example.com", "*", "ETag", "3000"]]
    error_message = "the CORS rules are others"
  }
  assert {
    condition = jsondecode(aws_s3_bucket_policy.this.policy).Statement == [{
      Sid       = "DenyInsecureTransport"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource = [
        "arn:aws:s3:::goldenpath-prod-payments-api-uploads",
        "arn:aws:s3:::goldenpath-prod-payments-api-uploads/*",
      ]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
    error_message = "the bucket policy does not refuse plain HTTP, or says more than that"
  }
  assert {
    condition     = output.kms_key_arn == "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    error_message = "the key's ARN is not handed on"
  }
  assert {
    condition = distinct([
      aws_s3_bucket_versioning.this.bucket,
      aws_s3_bucket_server_side_encryption_configuration.this.bucket,
      aws_s3_bucket_public_access_block.this.bucket,
      aws_s3_bucket_ownership_controls.this.bucket,
      aws_s3_bucket_lifecycle_configuration.this[0].bucket,
      aws_s3_bucket_logging.this[0].bucket,
      aws_s3_bucket_cors_configuration.this[0].bucket,
      aws_s3_bucket_policy.this.bucket,
    ]) == tolist(["goldenpath-prod-payments-api-uploads"])
    error_message = "a feature is set on another bucket"
  }
}

run "the_alarm_counts_every_storage_class" {
  command = plan

  assert {
    condition     = aws_cloudwatch_metric_alarm.size.alarm_name == "s3-cost-alert-goldenpath-prod-payments-api-uploads"
    error_message = "the alarm has another name"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.size.threshold == 107374182400
    error_message = "the alarm has another threshold"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.size.treat_missing_data == "notBreaching"
    error_message = "an emptied bucket would alarm for ever"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.size.comparison_operator == "GreaterThanThreshold"
    error_message = "the alarm compares in another way"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.size.alarm_actions == toset(["arn:aws:sns:eu-west-1:111122223333:storage-cost"])
    error_message = "nobody is told when the alarm goes off"
  }
  assert {
    condition = [
      for query in aws_cloudwatch_metric_alarm.size.metric_query : query.expression if query.return_data
    ] == ["SUM(METRICS())"]
    error_message = "the alarm does not watch the sum alone"
  }
  assert {
    condition = alltrue([
      for query in aws_cloudwatch_metric_alarm.size.metric_query : alltrue([
        for metric in query.metric :
        metric.namespace == "AWS/S3" && metric.metric_name == "BucketSizeBytes" && metric.stat == "Average" && metric.period == 86400
        && metric.dimensions.BucketName == "goldenpath-prod-payments-api-uploads"
      ])
    ])
    error_message = "a series of the alarm is not the daily size of this bucket"
  }
  assert {
    condition = length(setsubtract(
      ["StandardStorage", "StandardIAStorage", "GlacierStorage", "IntelligentTieringFAStorage", "IntelligentTieringIAStorage", "IntelligentTieringAIAStorage"],
      flatten([for query in aws_cloudwatch_metric_alarm.size.metric_query : query.metric[*].dimensions.StorageType]),
    )) == 0
    error_message = "a storage class that a request can ask for is not counted"
  }
  assert {
    condition     = length(flatten([for query in aws_cloudwatch_metric_alarm.size.metric_query : query.metric])) <= 10
    error_message = "CloudWatch refuses an alarm on more than ten series"
  }
}

run "the_least_a_request_asks_for" {
  command = plan

  variables {
    # The fields that files had before storage class, CORS and bytes were rendered.
    s3_bucket = {
      bucket_name        = "goldenpath-dev-platform-logs"
      versioning_enabled = false
      encryption         = { type = "SSE_S3", kms_key_alias = null }
      public_access_block = {
        block_public_acls       = true
        block_public_policy     = true
        ignore_public_acls      = true
        restrict_public_buckets = true
      }
      lifecycle_rules = []
      logging         = null
      tags            = {}
    }
    cost_alert    = { threshold_gb = 3, alarm_name = "goldenpath-dev-platform-logs-storage-alert" }
    alarm_actions = []
  }

  assert {
    condition     = one(aws_s3_bucket_versioning.this.versioning_configuration).status == "Suspended"
    error_message = "versioning is not suspended"
  }
  assert {
    condition     = one(one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default).sse_algorithm == "AES256"
    error_message = "the bucket is not encrypted with AES256"
  }
  assert {
    condition     = length(data.aws_kms_alias.this) == 0 && output.kms_key_arn == null
    error_message = "a key was looked up that nobody asked for"
  }
  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.this) == 0
    error_message = "an empty lifecycle configuration is refused by S3"
  }
  assert {
    condition     = length(aws_s3_bucket_logging.this) == 0
    error_message = "access logs are written that nobody asked for"
  }
  assert {
    condition     = length(aws_s3_bucket_cors_configuration.this) == 0
    error_message = "CORS is allowed that nobody asked for"
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.size.threshold == 3 * 1024 * 1024 * 1024
    error_message = "gigabytes were not turned into bytes"
  }
}

run "more_than_the_module_says_itself" {
  command = plan

  variables {
    bucket_policy = jsonencode({
      Version = "2012-10-17"
      Statement = [
        { Sid = "DenyInsecureTransport", Effect = "Deny", Principal = "*", Action = "s3:GetObject", Resource = "*" },
        {
          Sid       = "AllowLogDelivery"
          Effect    = "Allow"
          Principal = { Service = "logging.s3.amazonaws.com" }
          Action    = "s3:PutObject"
          Resource  = "arn:aws:s3:::goldenpath-prod-logs/*"
          Condition = { StringEquals = { "aws:SourceAccount" = "$${aws:ResourceAccount}" } }
        },
      ]
    })
  }

  assert {
    condition     = jsondecode(aws_s3_bucket_policy.this.policy).Statement[*].Sid == ["DenyInsecureTransport", "AllowLogDelivery"]
    error_message = "the rendered policy is not added once to the module's own"
  }
  assert {
    condition     = jsondecode(aws_s3_bucket_policy.this.policy).Statement[0].Action == "s3:*"
    error_message = "the module's own refusal was replaced"
  }
  assert {
    condition     = jsondecode(aws_s3_bucket_policy.this.policy).Statement[1] == jsondecode(var.bucket_policy).Statement[1]
    error_message = "a statement was changed on its way"
  }
}

# Each flag on its own: a mix-up of two flags would pass if all four were always equal.
run "public_access_block_acls" {
  command = plan
  variables {
    s3_bucket = merge(var.s3_bucket, { public_access_block = {
      block_public_acls = true, block_public_policy = false, ignore_public_acls = false, restrict_public_buckets = false
    } })
  }
  assert {
    condition = (
      aws_s3_bucket_public_access_block.this.block_public_acls && !aws_s3_bucket_public_access_block.this.block_public_policy
      && !aws_s3_bucket_public_access_block.this.ignore_public_acls && !aws_s3_bucket_public_access_block.this.restrict_public_buckets
    )
    error_message = "block_public_acls did not arrive alone"
  }
}

run "public_access_block_policy" {
  command = plan
  variables {
    s3_bucket = merge(var.s3_bucket, { public_access_block = {
      block_public_acls = false, block_public_policy = true, ignore_public_acls = false, restrict_public_buckets = false
    } })
  }
  assert {
    condition = (
      !aws_s3_bucket_public_access_block.this.block_public_acls && aws_s3_bucket_public_access_block.this.block_public_policy
      && !aws_s3_bucket_public_access_block.this.ignore_public_acls && !aws_s3_bucket_public_access_block.this.restrict_public_buckets
    )
    error_message = "block_public_policy did not arrive alone"
  }
}

run "public_access_block_ignore" {
  command = plan
  variables {
    s3_bucket = merge(var.s3_bucket, { public_access_block = {
      block_public_acls = false, block_public_policy = false, ignore_public_acls = true, restrict_public_buckets = false
    } })
  }
  assert {
    condition = (
      !aws_s3_bucket_public_access_block.this.block_public_acls && !aws_s3_bucket_public_access_block.this.block_public_policy
      && aws_s3_bucket_public_access_block.this.ignore_public_acls && !aws_s3_bucket_public_access_block.this.restrict_public_buckets
    )
    error_message = "ignore_public_acls did not arrive alone"
  }
}

run "public_access_block_restrict" {
  command = plan
  variables {
    s3_bucket = merge(var.s3_bucket, { public_access_block = {
      block_public_acls = false, block_public_policy = false, ignore_public_acls = false, restrict_public_buckets = true
    } })
  }
  assert {
    condition = (
      !aws_s3_bucket_public_access_block.this.block_public_acls && !aws_s3_bucket_public_access_block.this.block_public_policy
      && !aws_s3_bucket_public_access_block.this.ignore_public_acls && aws_s3_bucket_public_access_block.this.restrict_public_buckets
    )
    error_message = "restrict_public_buckets did not arrive alone"
  }
}

run "logging_named_but_switched_off" {
  command = plan
  variables {
    s3_bucket = merge(var.s3_bucket, { logging = { enabled = false, target_bucket = "goldenpath-prod-logs" } })
  }
  assert {
    condition     = length(aws_s3_bucket_logging.this) == 0
    error_message = "logging that is switched off was configured"
  }
}
