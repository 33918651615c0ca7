# By name prefix, so that a new route does not change it.
resource "aws_iam_role" "rules" {
  name = "${var.deployment.prefix}-fargate-rules"

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = var.deployment.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:${var.deployment.partition}:events:${var.deployment.region}:${var.deployment.account_id}:rule/${var.deployment.prefix}/${var.deployment.prefix}-*" }
      }
    }]
  })
}

resource "aws_iam_role_policy" "rules" {
  name = "run-tasks"
  role = aws_iam_role.rules.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "RunTasks"
        Effect    = "Allow"
        Action    = "ecs:RunTask"
        Resource  = "${local.ecs_arns}:task-definition/${var.deployment.prefix}-route-*:*"
        Condition = { ArnEquals = { "ecs:cluster" = aws_ecs_cluster.this.arn } }
      },
      {
        Sid       = "HandRolesToTasks"
        Effect    = "Allow"
        Action    = "iam:PassRole"
        Resource  = [local.execution_role_arn, replace(local.execution_role_arn, "-execution", "-route-*")]
        Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
      },
    ]
  })
}

locals {
  execution_role_arn = var.image_repository.execution_role.arn
  ecs_arns           = "arn:${var.deployment.partition}:ecs:${var.deployment.region}:${var.deployment.account_id}"
}
