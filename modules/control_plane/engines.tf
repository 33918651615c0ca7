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
      # A child is named execution:MACHINE/LABEL:ID; AWS's policy for Distributed Maps names execution:MACHINE:* besides.
      resources = concat([local.state_machine_arn], [for children in [":*", "/*"] : "${local.executions_arn}${children}"])
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
