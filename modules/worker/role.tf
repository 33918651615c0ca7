locals {
  service_of_target = {
    lambda  = "lambda.amazonaws.com"
    fargate = "ecs-tasks.amazonaws.com"
    batch   = "ecs-tasks.amazonaws.com"
  }
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
    Statement = concat(
      local.every_statement,
      var.route.idempotent ? local.idempotent_statement : [],
      [for engine, statement in local.answering : statement if contains(var.engines, engine) && var.route.target == "lambda"],
    )
  })
}

locals {
  # A calculation may read its job's whole input, wherever partition was allowed to read it.
  input_objects = [for bucket in var.input_buckets : "arn:${var.deployment.partition}:s3:::${bucket}/*"]

  every_statement = [
    {
      Sid      = "ReadChunks"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = concat([for folder in ["jobs", "inputs"] : "${var.job_store.bucket.arn}/${folder}/*"], local.input_objects)
    },
    {
      Sid      = "WriteResults"
      Effect   = "Allow"
      Action   = "s3:PutObject"
      Resource = "${var.job_store.bucket.arn}/jobs/*/results/*"
    },
    {
      Sid      = "AskWhetherJobsGoOn"
      Effect   = "Allow"
      Action   = "dynamodb:GetItem"
      Resource = var.job_store.jobs_table.arn
    },
    {
      # The slots of its own route alone; $${*} is how a policy writes the catch-all's asterisk.
      Sid       = "HoldSlot"
      Effect    = "Allow"
      Action    = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
      Resource  = var.job_store.workers_table.arn
      Condition = { "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["${replace(var.route.data_type, "*", "$${*}")}/*"] } }
    },
    {
      # It sends, too: a chunk it pulled and cannot run goes back.
      Sid      = "PullChunks"
      Effect   = "Allow"
      Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:SendMessage"]
      Resource = aws_sqs_queue.route.arn
    },
    {
      Sid      = "Settle"
      Effect   = "Allow"
      Action   = "sqs:SendMessage"
      Resource = var.settlements_queue.arn
    },
    {
      Sid       = "StartSuccessor"
      Effect    = "Allow"
      Action    = "events:PutEvents"
      Resource  = var.event_bus.arn
      Condition = { StringEquals = { "events:source" = "rollcall", "events:detail-type" = "Worker Requested" } }
    },
  ]

  idempotent_statement = [{
    Sid      = "KeepAnswers"
    Effect   = "Allow"
    Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
    Resource = var.job_store.idempotency_table.arn
  }]

  # Engines that push chunks to workers by events are answered by the workers themselves.
  answering = {
    callback = {
      Sid       = "AnswerWithToken"
      Effect    = "Allow"
      Action    = ["states:SendTaskSuccess", "states:SendTaskHeartbeat"]
      Resource  = "arn:${var.deployment.partition}:states:${var.deployment.region}:${var.deployment.account_id}:stateMachine:${var.deployment.prefix}-job"
      Condition = {}
    }
    events_per_item = {
      Sid       = "AnswerOnBus"
      Effect    = "Allow"
      Action    = ["events:PutEvents"]
      Resource  = var.event_bus.arn
      Condition = { StringEquals = { "events:source" = "rollcall", "events:detail-type" = "Item Completed" } }
    }
  }
}
