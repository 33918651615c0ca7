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
      Condition = { StringEquals = { "aws:SourceAccount" = var.deployment.account_id } }
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
      length(var.input_keys) > 0 ? local.decrypting_statement : [],
      [for engine, statement in local.answering : statement if contains(var.engines, engine) && var.route.target == "lambda"],
    )
  })
}

locals {
  # A calculation may read its job's whole input, wherever partition was allowed to read it.
  input_objects = [for bucket in var.input_buckets : "arn:${var.deployment.partition}:s3:::${bucket}/*"]

  # $${*} is how a policy writes the catch-all's asterisk.
  only_own_slots = {
    "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["${replace(var.route.data_type, "*", "$${*}")}/*"] }
    Null                      = { "dynamodb:LeadingKeys" = "false" }
  }

  # A call of PutEvents has the sources and detail types of all its entries, and ForAllValues alone is also true of none.
  only_event = {
    for detail_type in ["Worker Requested", "Item Completed"] :
    detail_type => {
      "ForAllValues:StringEquals" = { "events:source" = "rollcall", "events:detail-type" = detail_type }
      Null                        = { "events:source" = "false", "events:detail-type" = "false" }
    }
  }

  every_statement = [
    {
      Sid      = "ReadChunks"
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = concat([for folder in ["jobs", "inputs"] : "${var.job_store.bucket.arn}/${folder}/*"], local.input_objects)
    },
    {
      # In progress/ lies what is done of a chunk that was begun, for the worker after this one.
      Sid      = "WriteResults"
      Effect   = "Allow"
      Action   = "s3:PutObject"
      Resource = [for folder in ["results", "progress"] : "${var.job_store.bucket.arn}/jobs/*/${folder}/*"]
    },
    {
      Sid      = "AskWhetherJobsGoOn"
      Effect   = "Allow"
      Action   = "dynamodb:GetItem"
      Resource = var.job_store.jobs_table.arn
    },
    {
      Sid       = "HoldSlot"
      Effect    = "Allow"
      Action    = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
      Resource  = var.job_store.workers_table.arn
      Condition = local.only_own_slots
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
      Condition = local.only_event["Worker Requested"]
    },
  ]

  idempotent_statement = [{
    Sid      = "KeepAnswers"
    Effect   = "Allow"
    Action   = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
    Resource = var.job_store.idempotency_table.arn
  }]

  decrypting_statement = [{
    Sid       = "DecryptInputs"
    Effect    = "Allow"
    Action    = "kms:Decrypt"
    Resource  = var.input_keys
    Condition = { StringLike = { "kms:ViaService" = "s3.*.amazonaws.com" } }
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
    chunked = {
      Sid      = "KeepToRate"
      Effect   = "Allow"
      Action   = ["dynamodb:UpdateItem"]
      Resource = var.job_store.workers_table.arn
      Condition = {
        "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["rate:*"] }
        Null                      = { "dynamodb:LeadingKeys" = "false" }
      }
    }
    events_per_item = {
      Sid       = "AnswerOnBus"
      Effect    = "Allow"
      Action    = ["events:PutEvents"]
      Resource  = var.event_bus.arn
      Condition = local.only_event["Item Completed"]
    }
  }
}
