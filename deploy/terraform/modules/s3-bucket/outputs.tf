output "bucket_name" {
  description = "Name of the bucket."
  value       = aws_s3_bucket.this.bucket
}

output "bucket_arn" {
  description = "ARN of the bucket."
  value       = aws_s3_bucket.this.arn
}

output "bucket_regional_domain_name" {
  description = "Host name of the bucket in its region."
  value       = aws_s3_bucket.this.bucket_regional_domain_name
}

output "kms_key_arn" {
  description = "ARN of the key behind the alias, null without SSE_KMS."
  value       = one(data.aws_kms_alias.this[*].target_key_arn)
}

output "alarm_arn" {
  description = "ARN of the alarm on the size of the bucket."
  value       = aws_cloudwatch_metric_alarm.size.arn
}
