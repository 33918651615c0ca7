# UNSAFE, for measurement only: the completion side of the engine events_per_item. asl/engines/events_per_item.asl.json
# says what breaks.
locals {
  name      = "${var.deployment.prefix}-count-answer"
  arn_start = "arn:${var.deployment.partition}:states:${var.deployment.region}:${var.deployment.account_id}"

  # From its ARN, which is not known before the table is made: the provider has AWS check every definition that a plan
  # knows, and a first plan is to need no account.
  jobs_table = element(split("/", var.job_store.jobs_table.arn), 1)
}

resource "aws_sfn_state_machine" "count_answer" {
  #checkov:skip=CKV_AWS_285:For measurement only.
  #checkov:skip=CKV_AWS_284:For measurement only.
  name       = local.name
  role_arn   = aws_iam_role.count_answer.arn
  definition = templatefile(var.asl_file, { jobs_table = local.jobs_table })
  depends_on = [aws_iam_role_policy.count_answer]
}

resource "aws_iam_role" "count_answer" {
  name = local.name

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "states.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.deployment.account_id }
        ArnLike      = { "aws:SourceArn" = "${local.arn_start}:stateMachine:${local.name}*" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "count_answer" {
  name = "count"
  role = aws_iam_role.count_answer.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Count"
        Effect   = "Allow"
        Action   = ["dynamodb:GetItem", "dynamodb:UpdateItem"]
        Resource = var.job_store.jobs_table.arn
      },
      {
        Sid      = "Release"
        Effect   = "Allow"
        Action   = "states:SendTaskSuccess"
        Resource = "${local.arn_start}:stateMachine:${var.deployment.prefix}-job"
      },
    ]
  })
}

resource "aws_cloudwatch_event_rule" "item_completed" {
  name           = local.name
  description    = "An execution that counts, for each answer"
  event_bus_name = var.event_bus.name
  event_pattern  = jsonencode({ source = ["rollcall"], "detail-type" = ["Item Completed"] })
}

resource "aws_cloudwatch_event_target" "item_completed" {
  event_bus_name = var.event_bus.name
  rule           = aws_cloudwatch_event_rule.item_completed.name
  arn            = aws_sfn_state_machine.count_answer.arn
  role_arn       = aws_iam_role.start.arn

  retry_policy {
    maximum_event_age_in_seconds = 24 * 3600
    maximum_retry_attempts       = 185
  }

  dead_letter_config {
    arn = var.dead_letters_arn
  }
}

resource "aws_iam_role" "start" {
  name = "${local.name}-start"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.deployment.account_id }
        ArnLike      = { "aws:SourceArn" = aws_cloudwatch_event_rule.item_completed.arn }
      }
    }]
  })
}

resource "aws_iam_role_policy" "start" {
  name = "start"
  role = aws_iam_role.start.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid      = "CountAnswers"
      Effect   = "Allow"
      Action   = "states:StartExecution"
      Resource = aws_sfn_state_machine.count_answer.arn
    }]
  })
}
