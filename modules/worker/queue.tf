resource "aws_sqs_queue" "route" {
  name                    = local.name
  sqs_managed_sse_enabled = true
  # A worker gives up before its own timeout; the minute lets it settle before the chunk shows up again.
  visibility_timeout_seconds = var.route.timeout_seconds + 60
  message_retention_seconds  = 14 * 24 * 3600

  # Policies stand inside the queues: as resources of their own each would wait 25 seconds more.
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = var.route.max_attempts
  })
}

# One place for everything of this route that could not be delivered: by the rule, the queue or Lambda.
resource "aws_sqs_queue" "dead_letters" {
  name                    = "${local.name}-dlq"
  sqs_managed_sse_enabled = true
  # Six times the timeout of the function that reads it, as AWS advises.
  visibility_timeout_seconds = 360
  message_retention_seconds  = 14 * 24 * 3600

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "UndeliveredByTheRule"
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = "${local.queue_arn}-dlq"
      Condition = { ArnEquals = { "aws:SourceArn" = local.rule_arn } }
    }]
  })
}

# A dead letter is a chunk that nobody will run any more: its items fail by name, and their job goes on.
resource "aws_lambda_event_source_mapping" "losses" {
  event_source_arn = aws_sqs_queue.dead_letters.arn
  function_name    = var.accountant.arn
  batch_size       = 10
}
