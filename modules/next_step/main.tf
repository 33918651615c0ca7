locals {
  # The state machine finds the function by this name.
  name = "${var.deployment.prefix}-next-${var.job_type}"
}

resource "aws_lambda_function" "this" {
  function_name    = local.name
  role             = aws_iam_role.this.arn
  runtime          = var.platform.runtime
  architectures    = [var.platform.architecture]
  layers           = [var.platform.layer_arn]
  handler          = "${var.lambda.function}.handler.handler"
  s3_bucket        = var.zips[var.lambda.function].bucket
  s3_key           = var.zips[var.lambda.function].key
  source_code_hash = var.zips[var.lambda.function].sha256
  memory_size      = var.lambda.memory_mb
  # As long as the state machine waits for it.
  timeout = 900

  environment {
    variables = {
      ROLLCALL_ENVIRONMENT         = var.deployment.environment
      ROLLCALL_BUCKET              = var.bucket.name
      POWERTOOLS_SERVICE_NAME      = local.name
      POWERTOOLS_METRICS_NAMESPACE = "Rollcall"
    }
  }

  depends_on = [aws_iam_role_policy.this, aws_cloudwatch_log_group.this]
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${local.name}"
  retention_in_days = var.log_retention_days
}

resource "aws_iam_role" "this" {
  name = local.name

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.deployment.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name = "results"
  role = aws_iam_role.this.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
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
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.this.arn}:*"
      },
    ]
  })
}
