# The job's state machine: asl/job.asl.json with the states of every engine the environment has put into it, so that a
# job is one execution whatever its engine. State names are unique in all of it, as AWS wants them: an @ in what several
# engines share stands for the name of the one that uses it, and before it goes the kind of children.
locals {
  asl = { for name in ["item_selector", "run_chunk", "branch", "item_reader", "result_writer"] : name => "${var.asl_folder}/engines/parts/${name}.json" }

  words = merge(
    { for name in local.states : name => aws_lambda_function.platform[name].arn },
    { next_step_prefix = local.next_step_prefix, bus = var.event_bus.name, bucket = var.job_store.bucket.name },
  )

  item_selector = jsondecode(file(local.asl.item_selector))
  run_chunk     = jsondecode(file(local.asl.run_chunk))
  processors = {
    inline_run_chunk   = { Mode = "INLINE" }
    express_run_chunk  = { Mode = "DISTRIBUTED", ExecutionType = "EXPRESS" }
    standard_run_chunk = { Mode = "DISTRIBUTED", ExecutionType = "STANDARD" }
  }

  simple_parts = merge(
    {
      for name, config in local.processors : name => replace(
        jsonencode(merge(local.run_chunk, { ProcessorConfig = config })),
        "@", "${title(lower(try(config.ExecutionType, "")))}@",
      )
    },
    {
      run_chunk           = jsonencode(local.run_chunk)
      item_selector       = jsonencode(local.item_selector)
      paced_item_selector = jsonencode(merge(local.item_selector, { "pace.$" = "$.work.pace" }))
      item_reader         = templatefile(local.asl.item_reader, local.words)
      result_writer       = templatefile(local.asl.result_writer, local.words)
    },
  )
  branch = templatefile(local.asl.branch, local.simple_parts)
  parts  = merge(local.simple_parts, { branches = "[${join(",", [for number in range(var.branches) : replace(local.branch, "@", number)])}]" })

  engines = {
    for name in var.engines : name => jsondecode(replace(
      templatefile("${var.asl_folder}/engines/${name}.asl.json", merge(local.words, local.parts)),
      "@", replace(title(replace(name, "_", " ")), " ", ""),
    ))
  }

  frame = jsondecode(templatefile("${var.asl_folder}/job.asl.json", local.words))
  choice = merge(local.frame.States.WhichEngine, {
    Choices = concat(
      local.frame.States.WhichEngine.Choices,
      [for name, engine in local.engines : { Variable = "$.engine", StringEquals = name, Next = engine.StartAt }],
    )
  })
  definition = jsonencode(merge(local.frame, {
    States = merge(concat([local.frame.States, { WhichEngine = local.choice }], [for engine in local.engines : engine.States])...)
  }))
}

# What engines besides events need: they call workers, put events and start children themselves.
locals {
  engine_permissions = {
    CallWorkers = {
      engines   = ["map", "map_in_map", "map_in_parallel", "distributed_map", "chunked"]
      actions   = ["lambda:InvokeFunction"]
      resources = ["${local.arn_start.lambda}:function:${var.deployment.prefix}-route-*"]
    }
    PushChunks = {
      engines   = ["callback", "events_per_item"]
      actions   = ["events:PutEvents"]
      resources = [var.event_bus.arn]
    }
    RunChildren = {
      engines = ["distributed_map", "chunked"]
      actions = ["states:StartExecution", "states:DescribeExecution", "states:StopExecution"]
      resources = [
        local.state_machine_arn, "${replace(local.state_machine_arn, ":stateMachine:", ":execution:")}/*",
      ]
    }
    ReadUnits = {
      engines   = ["distributed_map", "chunked"]
      actions   = ["s3:GetObject"]
      resources = ["${local.job_files_arn}/*/units.jsonl", "${local.job_files_arn}/*/answers/*"]
    }
    WriteAnswers = {
      engines   = ["distributed_map", "chunked"]
      actions   = ["s3:PutObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"]
      resources = ["${local.job_files_arn}/*/answers/*"]
    }
  }

  engine_statements = [
    for name, permission in local.engine_permissions :
    { Sid = name, Effect = "Allow", Action = permission.actions, Resource = permission.resources }
    if length(setintersection(permission.engines, var.engines)) > 0
  ]
}
