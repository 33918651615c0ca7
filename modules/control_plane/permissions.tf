# One statement per thing a function does. Queues, routes and next steps go by name prefix, so that a new route
# changes nothing here.
locals {
  arn_start = {
    for service in ["batch", "ecs", "lambda", "sqs", "ssm", "states"] :
    service => "arn:${var.deployment.partition}:${service}:${var.deployment.region}:${var.deployment.account_id}"
  }

  bucket_arns = concat(
    [var.job_store.bucket.arn],
    [for bucket in var.input_buckets : "arn:${var.deployment.partition}:s3:::${bucket}"],
  )
  job_files_arn    = "${var.job_store.bucket.arn}/jobs"
  jobs_arn         = var.job_store.jobs_table.arn
  progress_arn     = var.job_store.progress_table.arn
  workers_arn      = var.job_store.workers_table.arn
  route_queues_arn = "${local.arn_start.sqs}:${var.deployment.prefix}-route-*"

  consume = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]

  permissions = {
    read_inputs     = { actions = ["s3:GetObject"], resources = [for arn in local.bucket_arns : "${arn}/*"] }
    list_inputs     = { actions = ["s3:ListBucket"], resources = local.bucket_arns }
    list_job_files  = { actions = ["s3:ListBucket"], resources = [var.job_store.bucket.arn] }
    read_job_files  = { actions = ["s3:GetObject"], resources = ["${local.job_files_arn}/*"] }
    write_manifests = { actions = ["s3:PutObject", "s3:AbortMultipartUpload"], resources = ["${local.job_files_arn}/*"] }
    write_results   = { actions = ["s3:PutObject"], resources = ["${local.job_files_arn}/*/results/*"] }
    write_receipts  = { actions = ["s3:PutObject"], resources = ["${local.job_files_arn}/*/receipts/*"] }

    write_products = {
      actions   = ["s3:PutObject", "s3:AbortMultipartUpload"]
      resources = ["${local.job_files_arn}/*/runs/*/results/*"]
    }

    read_routes = {
      actions   = ["ssm:GetParametersByPath"]
      resources = [for below in ["", "/*"] : "${local.arn_start.ssm}:parameter${local.parameters}/routes${below}"]
    }

    read_jobs      = { actions = ["dynamodb:GetItem"], resources = [local.jobs_arn] }
    record_jobs    = { actions = ["dynamodb:GetItem", "dynamodb:UpdateItem"], resources = [local.jobs_arn] }
    write_plans    = { actions = ["dynamodb:PutItem"], resources = [local.jobs_arn] }
    find_open_jobs = { actions = ["dynamodb:Query"], resources = ["${local.jobs_arn}/index/open"] }
    release_locks = {
      actions   = ["dynamodb:DeleteItem"]
      resources = [local.jobs_arn]
      condition = { "ForAllValues:StringLike" = { "dynamodb:LeadingKeys" = ["lock:*"] }, Null = { "dynamodb:LeadingKeys" = "false" } }
    }

    read_progress     = { actions = ["dynamodb:BatchGetItem"], resources = [local.progress_arn] }
    count_settlements = { actions = ["dynamodb:UpdateItem"], resources = [local.progress_arn] }

    find_workers = { actions = ["dynamodb:Query"], resources = [local.workers_arn] }
    # Whoever reserves a slot gives it up again when no worker could be asked for.
    reserve_slots = {
      actions   = ["dynamodb:Query", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
      resources = [local.workers_arn]
    }
    look_at_slots = { actions = ["dynamodb:GetItem"], resources = [local.workers_arn] }

    # A chunk that a dead worker held is shown again at once. The prefix takes in the dead-letter queues.
    consume_routes      = { actions = concat(local.consume, ["sqs:ChangeMessageVisibility"]), resources = [local.route_queues_arn] }
    consume_undelivered = { actions = local.consume, resources = [aws_sqs_queue.undelivered.arn] }
    queue_chunks        = { actions = ["sqs:SendMessage"], resources = [local.route_queues_arn] }
    count_queues        = { actions = ["sqs:GetQueueAttributes"], resources = [local.route_queues_arn] }
    # A note to itself, delayed, into the queue it reads anyway.
    schedule_recheck = { actions = ["sqs:SendMessage"], resources = ["${local.route_queues_arn}-dlq"] }

    settle                = { actions = ["sqs:SendMessage"], resources = [aws_sqs_queue.settlements.arn] }
    consume_settlements   = { actions = local.consume, resources = [aws_sqs_queue.settlements.arn] }
    set_settlements_aside = { actions = ["sqs:SendMessage"], resources = [aws_sqs_queue.dead_settlements.arn] }

    open_barrier       = { actions = ["states:SendTaskSuccess"], resources = [local.state_machine_arn] }
    start_executions   = { actions = ["states:StartExecution"], resources = [local.state_machine_arn] }
    stop_executions    = { actions = ["states:StopExecution"], resources = ["${local.executions_arn}:*"] }
    look_at_executions = { actions = ["states:DescribeExecution"], resources = ["${local.executions_arn}:*"] }
    call_functions = {
      actions   = ["lambda:InvokeFunction"]
      resources = [for name in ["dispatch_chunks", "finish_job"] : "${local.arn_start.lambda}:function:${local.function_names[name]}"]
    }

    run_tasks = {
      actions   = ["ecs:RunTask"]
      resources = ["${local.arn_start.ecs}:task-definition/${var.deployment.prefix}-route-*:*"]
      condition = { ArnEquals = { "ecs:cluster" = "${local.arn_start.ecs}:cluster/${local.settings.cluster}" } }
    }
    hand_roles_to_tasks = {
      actions   = ["iam:PassRole"]
      resources = [for name in ["execution", "route-*"] : "arn:${var.deployment.partition}:iam::${var.deployment.account_id}:role/${var.deployment.prefix}-${name}"]
      condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
    }

    stop_tasks = { actions = ["ecs:StopTask"], resources = ["${local.arn_start.ecs}:task/${local.settings.cluster}/*"] }
    # A job's ARN tells nothing of its queue or its definition.
    terminate_batch_jobs = { actions = ["batch:TerminateJob"], resources = ["${local.arn_start.batch}:job/*"] }

    request_workers = { actions = ["events:PutEvents"], resources = [var.event_bus.arn], condition = local.only_event["Worker Requested"] }
    announce_jobs   = { actions = ["events:PutEvents"], resources = [var.event_bus.arn], condition = local.only_event["Job Finished"] }
    request_merges  = { actions = ["events:PutEvents"], resources = [var.event_bus.arn], condition = local.only_event["Merge Requested"] }
  }

  # A call of PutEvents has the sources and detail types of all its entries, and ForAllValues alone is also true of none.
  only_event = {
    for detail_type in ["Worker Requested", "Job Finished", "Merge Requested"] :
    detail_type => {
      "ForAllValues:StringEquals" = { "events:source" = "rollcall", "events:detail-type" = detail_type }
      Null                        = { "events:source" = "false", "events:detail-type" = "false" }
    }
  }

  # Of a key whoever reads an object must be allowed to make use himself; without keys there is nothing to allow.
  decrypt_inputs = [
    for keys in [var.input_keys] : {
      Sid       = "DecryptInputs"
      Effect    = "Allow"
      Action    = ["kms:Decrypt"]
      Resource  = keys
      Condition = { StringLike = { "kms:ViaService" = "s3.*.amazonaws.com" } }
    } if length(keys) > 0
  ]

  allow = {
    for name, permission in local.permissions : name => merge(
      { Sid = replace(title(replace(name, "_", " ")), " ", ""), Effect = "Allow", Action = permission.actions, Resource = permission.resources },
      { for condition in try([permission.condition], []) : "Condition" => condition },
    )
  }
}
