# What ECS and Batch act as while they start any worker: pull its image, write its log. It goes by name prefix, so
# that a new route does not change it.
resource "aws_iam_role" "execution" {
  name = "${var.deployment.prefix}-execution"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.deployment.account_id } }
    }]
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
        Resource = concat(["${local.arn_start.ecr}:repository/${var.deployment.prefix}/*"], local.other_ecr_repos)
      },
      {
        Sid      = "Log"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = "${local.arn_start.logs}:log-group:/rollcall/${var.deployment.environment}/*"
      },
    ]
  })
}

locals {
  arn_start = {
    for service in ["ecr", "logs"] :
    service => "arn:${var.deployment.partition}:${service}:${var.deployment.region}:${var.deployment.account_id}"
  }
}
