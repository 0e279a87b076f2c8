terraform {
  # 1.10: the lock file of the s3 backend.
  required_version = ">= 1.10.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.0"
    }
  }

  # Every bucket has a state of its own. Bucket, key, region and lock come from `-backend-config`.
  backend "s3" {}
}
