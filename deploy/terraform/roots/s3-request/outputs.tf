output "bucket_name" {
  description = "Name of the bucket."
  value       = module.bucket.bucket_name
}

output "bucket_arn" {
  description = "ARN of the bucket."
  value       = module.bucket.bucket_arn
}

output "kms_key_arn" {
  description = "ARN of the key that encrypts the bucket, null without SSE_KMS."
  value       = module.bucket.kms_key_arn
}

output "alarm_arn" {
  description = "ARN of the alarm on the size of the bucket."
  value       = module.bucket.alarm_arn
}
