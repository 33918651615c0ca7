resource "aws_lambda_function" "this" {
  function_name    = var.name
  role             = local.role.arn
  runtime          = var.platform.runtime
  architectures    = [var.platform.architecture]
  layers           = concat([var.platform.layer_arn], var.further_layers)
  handler          = "${var.code}.handler.handler"
  s3_bucket        = var.zips[var.code].bucket
  s3_key           = var.zips[var.code].key
  source_code_hash = var.zips[var.code].sha256
  memory_size      = var.memory_mb
  timeout          = var.timeout_seconds

  reserved_concurrent_executions = var.reserved_concurrency

  environment {
    variables = var.environment
  }

  # A function that runs before it has its permissions fails for no visible reason.
  depends_on = [aws_iam_role_policy.this, aws_cloudwatch_log_group.this]
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_retention_days
}
