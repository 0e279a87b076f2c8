# One bucket request, one state.

provider "aws" {
  region = var.aws_region
}

module "bucket" {
  source = "../../modules/s3-bucket"

  s3_bucket     = var.s3_bucket
  cost_alert    = var.cost_alert
  bucket_policy = var.bucket_policy
  alarm_actions = var.alarm_actions
}
