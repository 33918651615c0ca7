# Nobody tells of a chunk that lies in a queue nobody pulls from, so somebody looks.
resource "aws_scheduler_schedule" "wake_routes" {
  #checkov:skip=CKV_AWS_297:Carries no data.
  name                = "${var.deployment.prefix}-wake-routes"
  schedule_expression = "rate(1 minute)"

  flexible_time_window {
    mode = "OFF"
  }

  target {
    arn      = aws_lambda_function.platform["wake_routes"].arn
    role_arn = aws_iam_role.schedule.arn
  }
}

resource "aws_iam_role" "schedule" {
  name = "${var.deployment.prefix}-schedule"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "scheduler.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "schedule" {
  name = "wake-routes"
  role = aws_iam_role.schedule.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = "lambda:InvokeFunction"
      Resource = aws_lambda_function.platform["wake_routes"].arn
    }]
  })
}

# Rules of the compute modules tell of tasks and jobs that have ended.
resource "aws_lambda_permission" "ended_workers" {
  statement_id  = "ended-workers"
  function_name = aws_lambda_function.platform["account_losses"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = "arn:${var.deployment.partition}:events:${var.deployment.region}:${var.deployment.account_id}:rule/${var.deployment.prefix}-ended-*"
}
