locals {
  # Of every queue's policy: AWS takes a message over plain HTTP too, unless it is told not to.
  only_over_tls = {
    Sid       = "OnlyOverTls"
    Effect    = "Deny"
    Principal = "*"
    Action    = "sqs:*"
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }
}

resource "aws_sqs_queue" "route" {
  name                    = local.name
  sqs_managed_sse_enabled = true
  # A worker's heartbeat keeps the chunks in its hands hidden, so those of a dead worker are back within this time.
  visibility_timeout_seconds = 30
  message_retention_seconds  = 14 * 24 * 3600

  # Policies stand inside the queues: as resources of their own each would wait 25 seconds more.
  # SQS counts how often a chunk was received, and gives up on it at last.
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = local.most_deliveries
  })

  policy = jsonencode({ Version = "2012-10-17", Statement = [merge(local.only_over_tls, { Resource = local.queue_arn })] })
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
    Statement = [
      merge(local.only_over_tls, { Resource = "${local.queue_arn}-dlq" }),
      {
        Sid       = "UndeliveredByTheRule"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = "${local.queue_arn}-dlq"
        Condition = { ArnEquals = { "aws:SourceArn" = local.rule_arn } }
      },
    ]
  })
}

# A dead letter is a chunk that nobody will run any more, whose items then fail by name, or a worker that was not
# started or died. One that cannot be accounted for now comes back alone.
resource "aws_lambda_event_source_mapping" "losses" {
  event_source_arn        = aws_sqs_queue.dead_letters.arn
  function_name           = var.failure_handler.arn
  function_response_types = ["ReportBatchItemFailures"]
  batch_size              = 10

  # The least there is: the losses of one route leave places for those of the others.
  scaling_config {
    maximum_concurrency = 2
  }
}
