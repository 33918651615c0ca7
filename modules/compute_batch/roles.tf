# Both roles go by name prefix, so that a new route changes neither.
resource "aws_iam_role" "execution" {
  name = "${var.deployment.prefix}-batch-execution"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "ecs-tasks.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "execution" {
  name = "start"
  role = aws_iam_role.execution.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # AWS offers no narrower resource for this action.
        Sid      = "LogInToRegistry"
        Effect   = "Allow"
        Action   = "ecr:GetAuthorizationToken"
        Resource = "*"
      },
      {
        Sid      = "PullImages"
        Effect   = "Allow"
        Action   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"]
        Resource = "${local.arn_start.ecr}:repository/${var.deployment.prefix}/*"
      },
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${local.arn_start.logs}:log-group:/rollcall/${var.deployment.environment}/batch/*"
      },
    ]
  })
}

resource "aws_iam_role" "rules" {
  name = "${var.deployment.prefix}-batch-rules"

  assume_role_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Principal = { Service = "events.amazonaws.com" }, Action = "sts:AssumeRole" }]
  })
}

resource "aws_iam_role_policy" "rules" {
  name = "submit-jobs"
  role = aws_iam_role.rules.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid    = "SubmitJobs"
      Effect = "Allow"
      Action = "batch:SubmitJob"
      Resource = [
        aws_batch_job_queue.this.arn,
        "${local.arn_start.batch}:job-definition/${var.deployment.prefix}-route-*:*",
      ]
    }]
  })
}

locals {
  arn_start = {
    for service in ["batch", "ecr", "logs"] :
    service => "arn:${var.deployment.partition}:${service}:${var.deployment.region}:${var.deployment.account_id}"
  }
}
