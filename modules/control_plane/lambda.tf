resource "aws_lambda_function" "platform" {
  for_each = local.functions

  function_name    = local.function_names[each.key]
  role             = aws_iam_role.platform[each.key].arn
  runtime          = var.platform.runtime
  architectures    = [var.platform.architecture]
  layers           = concat([var.platform.layer_arn], try(each.value.reads_parquet, false) ? [var.platform.parquet_layer_arn] : [])
  handler          = "${each.key}.handler.handler"
  s3_bucket        = var.zips[each.key].bucket
  s3_key           = var.zips[each.key].key
  source_code_hash = var.zips[each.key].sha256
  memory_size      = each.value.memory_mb
  timeout          = each.value.timeout_seconds

  reserved_concurrent_executions = local.reserved[each.key]

  environment {
    variables = local.environments[each.key]
  }

  # A function that runs before it has its permissions fails for no visible reason.
  depends_on = [aws_iam_role_policy.platform, aws_cloudwatch_log_group.platform]
}

resource "aws_cloudwatch_log_group" "platform" {
  for_each          = local.functions
  name              = "/aws/lambda/${local.function_names[each.key]}"
  retention_in_days = var.log_retention_days
}

resource "aws_iam_role" "platform" {
  for_each = local.functions
  name     = local.function_names[each.key]

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

resource "aws_iam_role_policy" "platform" {
  for_each = local.functions
  name     = each.key
  role     = aws_iam_role.platform[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat([for name in each.value.allow : local.allow[name]], contains(each.value.allow, "read_inputs") ? local.decrypt_inputs : [], [{
      Sid      = "Log"
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = ["${aws_cloudwatch_log_group.platform[each.key].arn}:*"]
    }])
  })
}
