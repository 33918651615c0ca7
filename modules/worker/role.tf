locals {
  service_of_target = {
    lambda  = "lambda.amazonaws.com"
    fargate = "ecs-tasks.amazonaws.com"
    batch   = "ecs-tasks.amazonaws.com"
  }
}

locals {
  # A calculation may read its job's whole input, wherever partition was allowed to read it.
  input_objects = [for bucket in var.input_buckets : "arn:${var.deployment.partition}:s3:::${bucket}/*"]
}

resource "aws_iam_role" "worker" {
  name = local.name

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = local.service_of_target[var.route.target] }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "worker" {
  name = "chunks"
  role = aws_iam_role.worker.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "ReadChunks"
        Effect   = "Allow"
        Action   = "s3:GetObject"
        Resource = concat(["${var.bucket.arn}/jobs/*", "${var.bucket.arn}/inputs/*"], local.input_objects)
      },
      {
        Sid      = "WriteResults"
        Effect   = "Allow"
        Action   = "s3:PutObject"
        Resource = "${var.bucket.arn}/jobs/*/results/*"
      },
      {
        Sid      = "PullChunks"
        Effect   = "Allow"
        Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]
        Resource = aws_sqs_queue.route.arn
      },
      {
        Sid      = "Settle"
        Effect   = "Allow"
        Action   = "sqs:SendMessage"
        Resource = var.settlements_queue.arn
      },
      {
        Sid       = "HandOver"
        Effect    = "Allow"
        Action    = "events:PutEvents"
        Resource  = var.event_bus.arn
        Condition = { StringEquals = { "events:source" = "rollcall", "events:detail-type" = "Chunk Requested" } }
      },
    ]
  })
}
