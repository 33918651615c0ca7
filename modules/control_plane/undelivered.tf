locals {
  undelivered_arn = "${local.arn_start.sqs}:${var.deployment.prefix}-undelivered-dlq"

  # Rules that send here: of tasks, jobs and executions that have ended, and of the answers that an engine counts.
  undelivering_rules = concat(
    ["${local.rules_arn}/${var.deployment.prefix}-ended-*"],
    contains(var.engines, "events_per_item") ? ["${local.bus_rules_arn}/${var.deployment.prefix}-count-answer"] : [],
  )
}

# What could not be delivered to the platform's own functions; what concerns one route is in that route's queue. The
# failure handler reads it: the ends of workers it accounts for, of all else it tells in its log, for the next sweep
# makes that good.
resource "aws_sqs_queue" "undelivered" {
  name                    = "${var.deployment.prefix}-undelivered-dlq"
  sqs_managed_sse_enabled = true
  # Six times the timeout of the function that reads it, as AWS advises.
  visibility_timeout_seconds = 6 * local.functions.handle_worker_failures.timeout_seconds
  message_retention_seconds  = 14 * 24 * 3600

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      merge(local.only_over_tls, { Resource = local.undelivered_arn }),
      {
        Sid       = "UndeliveredByRules"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = local.undelivered_arn
        Condition = { ArnLike = { "aws:SourceArn" = local.undelivering_rules } }
      },
    ]
  })
}
