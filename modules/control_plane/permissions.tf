# One statement per thing a function does. Queues, routes and next steps go by name prefix, so that a new route
# changes nothing here.
locals {
  arn_start = {
    for service in ["lambda", "sqs", "ssm", "states"] :
    service => "arn:${var.deployment.partition}:${service}:${var.deployment.region}:${var.deployment.account_id}"
  }

  bucket_arns = concat(
    [var.job_store.bucket.arn],
    [for bucket in var.input_buckets : "arn:${var.deployment.partition}:s3:::${bucket}"],
  )

  consume = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]

  permissions = {
    read_inputs     = { actions = ["s3:GetObject"], resources = [for arn in local.bucket_arns : "${arn}/*"] }
    list_inputs     = { actions = ["s3:ListBucket"], resources = local.bucket_arns }
    read_manifests  = { actions = ["s3:GetObject"], resources = ["${var.job_store.bucket.arn}/jobs/*"] }
    write_manifests = { actions = ["s3:PutObject", "s3:AbortMultipartUpload"], resources = ["${var.job_store.bucket.arn}/jobs/*"] }

    read_routes = {
      actions   = ["ssm:GetParametersByPath"]
      resources = [for below in ["", "/*"] : "${local.arn_start.ssm}:parameter${local.parameters}/routes${below}"]
    }

    record_jobs       = { actions = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"], resources = [var.job_store.jobs_table.arn] }
    count_settlements = { actions = ["dynamodb:GetItem", "dynamodb:UpdateItem"], resources = [var.job_store.progress_table.arn] }

    queue_chunks = { actions = ["sqs:SendMessage"], resources = ["${local.arn_start.sqs}:${var.deployment.prefix}-route-*"] }
    consume_routes = {
      actions   = local.consume
      resources = ["${local.arn_start.sqs}:${var.deployment.prefix}-route-*"]
    }
    consume_dead_letters = {
      actions   = local.consume
      resources = ["${local.arn_start.sqs}:${var.deployment.prefix}-route-*-dlq"]
    }
    settle        = { actions = ["sqs:SendMessage"], resources = [aws_sqs_queue.settlements.arn] }
    write_results = { actions = ["s3:PutObject"], resources = ["${var.job_store.bucket.arn}/jobs/*/results/*"] }
    consume_settlements = {
      actions   = local.consume
      resources = [aws_sqs_queue.settlements.arn]
    }

    # By name, because the state machine itself is made from these functions.
    open_barrier = { actions = ["states:SendTaskSuccess"], resources = ["${local.arn_start.states}:stateMachine:${local.state_machine_name}"] }
  }

  allow = merge(
    {
      for name, permission in local.permissions :
      name => { Effect = "Allow", Action = permission.actions, Resource = permission.resources }
    },
    {
      request_chunks = {
        Effect    = "Allow"
        Action    = ["events:PutEvents"]
        Resource  = [var.event_bus.arn]
        Condition = { StringEquals = { "events:source" = "rollcall", "events:detail-type" = "Chunk Requested" } }
      }
    },
  )
}
