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

  attribute {
    name = "open"
    type = "S"
  }

  attribute {
    name = "created_at"
    type = "S"
  }

  # Only the rows of jobs that have not ended carry `open`, so the index stays small however many jobs there were.
  global_secondary_index {
    name            = "open"
    hash_key        = "open"
    range_key       = "created_at"
    projection_type = "KEYS_ONLY"
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

resource "aws_dynamodb_table" "workers" {
  #checkov:skip=CKV_AWS_28:A lease is worth half a minute; a lost one is taken again.
  name                        = "${var.deployment.prefix}-workers"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "route"
  range_key                   = "slot"
  deletion_protection_enabled = var.protect_data

  attribute {
    name = "route"
    type = "S"
  }

  attribute {
    name = "slot"
    type = "N"
  }

  ttl {
    attribute_name = "expires_at"
    enabled        = true
  }
}

# Keys and the time attribute are named as Powertools names them.
resource "aws_dynamodb_table" "idempotency" {
  #checkov:skip=CKV_AWS_28:An answer kept here only spares its repetition; the results in S3 are what is recovered from.
  name                        = "${var.deployment.prefix}-idempotency"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = var.protect_data

  attribute {
    name = "id"
    type = "S"
  }

  ttl {
    attribute_name = "expiration"
    enabled        = true
  }
}
