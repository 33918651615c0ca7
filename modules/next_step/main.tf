locals {
  # The state machine finds the function by this name.
  name = "${var.deployment.prefix}-next-${var.job_type}"
}

module "function" {
  source = "../lambda_function"

  name       = local.name
  account_id = var.deployment.account_id
  code       = var.lambda.function
  zips       = var.zips
  platform   = var.platform
  memory_mb  = var.lambda.memory_mb
  # As long as the state machine waits for it.
  timeout_seconds    = 900
  log_retention_days = var.log_retention_days

  environment = {
    ROLLCALL_ENVIRONMENT         = var.deployment.environment
    ROLLCALL_BUCKET              = var.bucket.name
    POWERTOOLS_SERVICE_NAME      = local.name
    POWERTOOLS_METRICS_NAMESPACE = "Rollcall"
  }

  statements = [
    {
      Sid       = "FindResults"
      Effect    = "Allow"
      Action    = "s3:ListBucket"
      Resource  = var.bucket.arn
      Condition = { StringLike = { "s3:prefix" = "jobs/*" } }
    },
    {
      Sid      = "ReadResults"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "${var.bucket.arn}/jobs/*"
    },
    {
      Sid      = "WriteSummary"
      Effect   = "Allow"
      Action   = "s3:PutObject"
      Resource = "${var.bucket.arn}/jobs/*/summary.json"
    },
  ]
}
