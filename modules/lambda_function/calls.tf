# What calls the function without waiting for its answer: rules, a queue, or others of the platform.
resource "aws_lambda_permission" "rule" {
  for_each      = var.rules
  statement_id  = each.key
  function_name = aws_lambda_function.this.function_name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = each.value
}

resource "aws_lambda_function_event_invoke_config" "this" {
  count                        = var.asynchronous == null ? 0 : 1
  function_name                = aws_lambda_function.this.function_name
  maximum_retry_attempts       = var.asynchronous.retries
  maximum_event_age_in_seconds = var.asynchronous.age_seconds

  destination_config {
    on_failure {
      destination = var.asynchronous.dead_letters_arn
    }
  }
}

resource "aws_lambda_event_source_mapping" "queue" {
  count                   = var.queue == null ? 0 : 1
  event_source_arn        = var.queue.arn
  function_name           = aws_lambda_function.this.arn
  function_response_types = ["ReportBatchItemFailures"]

  batch_size                         = var.queue.batch_size
  maximum_batching_window_in_seconds = var.queue.window_seconds

  scaling_config {
    maximum_concurrency = var.queue.max_concurrency
  }
}
