# The results of a run that has ended become few files beside its job, which waits for none of it.
resource "aws_cloudwatch_event_rule" "merges" {
  name           = "${var.deployment.prefix}-merges"
  description    = "Runs that have ended, and sections of big ones, to the function that merges results"
  event_bus_name = var.event_bus.name
  event_pattern  = jsonencode({ source = ["rollcall"], "detail-type" = ["Job Finished", "Merge Requested"] })
}

resource "aws_cloudwatch_event_target" "merges" {
  event_bus_name = var.event_bus.name
  rule           = aws_cloudwatch_event_rule.merges.name
  arn            = module.function["merge_results"].arn

  # For as long as EventBridge tries at all.
  retry_policy {
    maximum_event_age_in_seconds = 24 * 3600
    maximum_retry_attempts       = 185
  }

  dead_letter_config {
    arn = aws_sqs_queue.dead_merges.arn
  }
}

# What could not be merged; until it is, results are read chunk by chunk.
resource "aws_sqs_queue" "dead_merges" {
  name                      = "${var.deployment.prefix}-merges-dlq"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 14 * 24 * 3600

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      merge(local.only_over_tls, { Resource = local.dead_merges_arn }),
      {
        Sid       = "FromMergesRule"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = local.dead_merges_arn
        Condition = { ArnEquals = { "aws:SourceArn" = aws_cloudwatch_event_rule.merges.arn } }
      },
    ]
  })
}

locals {
  dead_merges_arn = "${local.arn_start.sqs}:${var.deployment.prefix}-merges-dlq"
}
