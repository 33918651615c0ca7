resource "aws_s3_bucket" "jobs" {
  #checkov:skip=CKV_AWS_21:A result is written once and then left alone; versions would only keep what retention deletes.
  #checkov:skip=CKV_AWS_18:Only this deployment's roles read the bucket; an access log of every chunk would outgrow the chunks.
  #checkov:skip=CKV_AWS_144:Whatever is lost can be calculated again from the input.
  #checkov:skip=CKV2_AWS_62:Nothing waits for objects; workers say by event that a chunk has settled.
  # Bucket names are shared by all AWS accounts, so the account makes this one its own.
  bucket        = "${var.deployment.prefix}-${var.deployment.account_id}"
  force_destroy = !var.protect_data
}

resource "aws_s3_bucket_public_access_block" "jobs" {
  bucket                  = aws_s3_bucket.jobs.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "jobs" {
  bucket = aws_s3_bucket.jobs.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_policy" "jobs" {
  bucket = aws_s3_bucket.jobs.id
  # AWS refuses to set both at the same moment.
  depends_on = [aws_s3_bucket_public_access_block.jobs]

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "OnlyOverTls"
      Effect    = "Deny"
      Principal = "*"
      Action    = "s3:*"
      Resource  = [aws_s3_bucket.jobs.arn, "${aws_s3_bucket.jobs.arn}/*"]
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}

resource "aws_s3_bucket_lifecycle_configuration" "jobs" {
  bucket = aws_s3_bucket.jobs.id

  # A partition cut off in the middle leaves parts that nobody sees and everybody pays for.
  rule {
    id     = "unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  # The functions' code lies in the same bucket, below code/, and stays.
  dynamic "rule" {
    for_each = toset(["inputs", "jobs"])
    content {
      id     = "${rule.key}-retention"
      status = "Enabled"

      filter {
        prefix = "${rule.key}/"
      }

      expiration {
        days = var.retention_days
      }
    }
  }
}
