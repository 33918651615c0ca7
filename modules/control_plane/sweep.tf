# Nobody tells of what was never sent, so somebody looks.
resource "aws_scheduler_schedule" "sweep_jobs" {
  #checkov:skip=CKV_AWS_297:Carries no data.
  name                = local.function_names["sweep_jobs"]
  schedule_expression = "rate(1 minute)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = module.function["sweep_jobs"].arn
    role_arn = aws_iam_role.schedule.arn

    # Until the next is due, in a minute.
    retry_policy {
      maximum_event_age_in_seconds = 60
      maximum_retry_attempts       = 3
    }

    dead_letter_config {
      arn = aws_sqs_queue.undelivered.arn
    }
  }
}

resource "aws_iam_role" "schedule" {
  name = "${var.deployment.prefix}-schedule"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "scheduler.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.deployment.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:${var.deployment.partition}:scheduler:${var.deployment.region}:${var.deployment.account_id}:schedule-group/default" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "schedule" {
  name = "sweep-jobs"
  role = aws_iam_role.schedule.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "Sweep"
        Effect   = "Allow"
        Action   = "lambda:InvokeFunction"
        Resource = module.function["sweep_jobs"].arn
      },
      {
        Sid      = "DeadLetters"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = aws_sqs_queue.undelivered.arn
      },
    ]
  })
}
