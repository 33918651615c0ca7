locals {
  state_machine_name = "${var.deployment.prefix}-job"
  state_machine_arn  = "${local.arn_start.states}:stateMachine:${local.state_machine_name}"
  executions_arn     = "${local.arn_start.states}:execution:${local.state_machine_name}"
  next_step_prefix   = "${var.deployment.prefix}-next-"
  states             = ["partition_job", "dispatch_chunks", "arm_barrier", "record_answers", "finish_job"]

  # What the definition's words stand for.
  words = merge(
    { for name in local.states : name => module.function[name].arn },
    { next_step_prefix = local.next_step_prefix, bus = var.event_bus.name, bucket = var.job_store.bucket.name },
  )
}

resource "aws_sfn_state_machine" "job" {
  #checkov:skip=CKV_AWS_285:Errors are logged; inputs and outputs stay in the history, where only those who may read executions see them.
  #checkov:skip=CKV_AWS_284:The execution's own history tells the whole story of a job; traces would be paid for twice.
  name     = local.state_machine_name
  role_arn = aws_iam_role.state_machine.arn

  definition = templatestring(var.state_machine.definition, local.words)

  logging_configuration {
    level                  = "ERROR"
    include_execution_data = false
    log_destination        = "${aws_cloudwatch_log_group.state_machine.arn}:*"
  }

  depends_on = [aws_iam_role_policy.state_machine]
}

resource "aws_cloudwatch_log_group" "state_machine" {
  # Step Functions adds to the account's one log policy unless the name begins like this.
  name              = "/aws/vendedlogs/states/${local.state_machine_name}"
  retention_in_days = var.log_retention_days
}

resource "aws_iam_role" "state_machine" {
  name = local.state_machine_name

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "states.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.deployment.account_id }
        ArnLike      = { "aws:SourceArn" = "${local.state_machine_arn}*" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "state_machine" {
  name = "run-jobs"
  role = aws_iam_role.state_machine.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.engine_statements, [
      {
        Sid    = "CallFunctions"
        Effect = "Allow"
        Action = "lambda:InvokeFunction"
        Resource = concat(
          [for name in local.states : "${local.arn_start.lambda}:function:${local.function_names[name]}"],
          ["${local.arn_start.lambda}:function:${local.next_step_prefix}*"],
        )
      },
      {
        # AWS offers no narrower resource for the delivery of logs.
        Sid    = "DeliverLogs"
        Effect = "Allow"
        Action = [
          "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
          "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
        ]
        Resource = "*"
      },
    ])
  })
}
