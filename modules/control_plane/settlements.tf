locals {
  settlements_name = "${var.deployment.prefix}-settlements"
  settlements_arn  = "${local.arn_start.sqs}:${local.settlements_name}"

  # Of every queue's policy: AWS takes a message over plain HTTP too, unless it is told not to.
  only_over_tls = {
    Sid       = "OnlyOverTls"
    Effect    = "Deny"
    Principal = "*"
    Action    = "sqs:*"
    Condition = { Bool = { "aws:SecureTransport" = "false" } }
  }
}

resource "aws_sqs_queue" "settlements" {
  name                      = local.settlements_name
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 14 * 24 * 3600
  # Six times the tracker's timeout, as AWS advises for queues read by Lambda.
  visibility_timeout_seconds = 6 * local.functions.track_settlements.timeout_seconds

  # A settlement that is lost would keep its job waiting, so it is tried for long before it goes aside.
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_settlements.arn
    maxReceiveCount     = 10
  })

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      merge(local.only_over_tls, { Resource = local.settlements_arn }),
      merge(local.from_settled_rule, { Resource = local.settlements_arn }),
      local.from_own_roles_alone,
    ]
  })
}

resource "aws_sqs_queue" "dead_settlements" {
  name                      = "${local.settlements_name}-dlq"
  sqs_managed_sse_enabled   = true
  message_retention_seconds = 14 * 24 * 3600

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [for statement in [local.only_over_tls, local.from_settled_rule] : merge(statement, { Resource = "${local.settlements_arn}-dlq" })]
  })
}

locals {
  settled_rule_name = "${var.deployment.prefix}-chunk-settled"

  from_settled_rule = {
    Sid       = "FromSettledRule"
    Effect    = "Allow"
    Principal = { Service = "events.amazonaws.com" }
    Action    = "sqs:SendMessage"
    Condition = { ArnEquals = { "aws:SourceArn" = "${local.bus_rules_arn}/${local.settled_rule_name}" } }
  }

  # Within an account anybody who may send to every queue may send to this one, and could settle chunks that never
  # ran; an Allow cannot keep them out, a Deny can. EventBridge sends as a service and under no role, so the Deny
  # spares services; what those may send stays with the Allow, which knows the one rule.
  from_own_roles_alone = {
    Sid       = "FromOwnRolesAlone"
    Effect    = "Deny"
    Principal = "*"
    Action    = "sqs:SendMessage"
    Resource  = local.settlements_arn
    Condition = {
      ArnNotLike   = { "aws:PrincipalArn" = "arn:${var.deployment.partition}:iam::${var.deployment.account_id}:role/${var.deployment.prefix}-*" }
      BoolIfExists = { "aws:PrincipalIsAWSService" = "false" }
    }
  }
}

# Rollcall's workers send straight to the queue, in batches; a worker in another language may use the bus.
resource "aws_cloudwatch_event_rule" "chunk_settled" {
  name           = local.settled_rule_name
  description    = "Settlements put on the bus, to the tracker"
  event_bus_name = var.event_bus.name
  event_pattern  = jsonencode({ source = ["rollcall"], "detail-type" = ["Chunk Settled"] })
}

resource "aws_cloudwatch_event_target" "settlements" {
  event_bus_name = var.event_bus.name
  rule           = aws_cloudwatch_event_rule.chunk_settled.name
  arn            = aws_sqs_queue.settlements.arn

  # For as long as EventBridge tries at all.
  retry_policy {
    maximum_event_age_in_seconds = 24 * 3600
    maximum_retry_attempts       = 185
  }

  dead_letter_config {
    arn = aws_sqs_queue.dead_settlements.arn
  }
}
