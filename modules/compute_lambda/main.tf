resource "aws_lambda_function" "worker" {
  for_each = var.workers

  function_name    = "${var.prefix}-route-${each.value.slug}"
  role             = each.value.role.arn
  runtime          = var.platform.runtime
  architectures    = [var.platform.architecture]
  layers           = [var.platform.layer_arn]
  handler          = "${each.value.lambda.function}.handler.handler"
  s3_bucket        = var.zips[each.value.lambda.function].bucket
  s3_key           = var.zips[each.value.lambda.function].key
  source_code_hash = var.zips[each.value.lambda.function].sha256
  memory_size      = each.value.lambda.memory_mb
  timeout          = each.value.timeout_seconds

  environment {
    variables = each.value.environment
  }

  # A function that runs before it may write its log would run unseen.
  depends_on = [aws_iam_role_policy.lambda, aws_cloudwatch_log_group.worker]
}

resource "aws_cloudwatch_log_group" "worker" {
  for_each          = var.workers
  name              = "/aws/lambda/${var.prefix}-route-${each.value.slug}"
  retention_in_days = var.log_retention_days
}

resource "aws_iam_role_policy" "lambda" {
  for_each = var.workers
  name     = "lambda"
  role     = each.value.role.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${aws_cloudwatch_log_group.worker[each.key].arn}:*"
      },
      {
        Sid      = "DeadLetters"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = each.value.dead_letters_arn
      },
    ]
  })
}

resource "aws_lambda_function_event_invoke_config" "worker" {
  for_each      = var.workers
  function_name = aws_lambda_function.worker[each.key].function_name
  # A loss is told at once; the failure handler starts the next worker, and the queue hands the chunks out again.
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 300

  destination_config {
    on_failure {
      destination = each.value.dead_letters_arn
    }
  }
}

resource "aws_lambda_permission" "rule" {
  for_each      = var.workers
  statement_id  = "rule"
  function_name = aws_lambda_function.worker[each.key].function_name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  # By name, because the rule itself is made from this function.
  source_arn = "${replace(var.event_bus.arn, ":event-bus/", ":rule/")}/${var.prefix}-${each.value.slug}"
}
