# By name prefix, so that a new route does not change it.
resource "aws_iam_role" "rules" {
  name = "${var.deployment.prefix}-batch-rules"

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
        "${local.batch_arns}:job-definition/${var.deployment.prefix}-route-*:*",
      ]
    }]
  })
}

locals {
  batch_arns = "arn:${var.deployment.partition}:batch:${var.deployment.region}:${var.deployment.account_id}"
}
