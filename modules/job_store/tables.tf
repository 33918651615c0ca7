resource "aws_dynamodb_table" "jobs" {
  name                        = "${var.deployment.prefix}-jobs"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "job_id"
  range_key                   = "record"
  deletion_protection_enabled = var.protect_data

  attribute {
    name = "job_id"
    type = "S"
  }

  attribute {
    name = "record"
    type = "S"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }
}

resource "aws_dynamodb_table" "progress" {
  #checkov:skip=CKV_AWS_28:The sets of settled chunks live as long as their job runs; the results in S3 are what is recovered from.
  name                        = "${var.deployment.prefix}-progress"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "shard"
  deletion_protection_enabled = var.protect_data

  attribute {
    name = "shard"
    type = "S"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }
}
