# What a function can be told, by the names of rollcall/settings.py.
locals {
  settings = {
    jobs_table                 = var.job_store.jobs_table.name
    progress_table             = var.job_store.progress_table.name
    workers_table              = var.job_store.workers_table.name
    bus                        = var.event_bus.name
    parameters                 = local.parameters
    next_steps                 = join(",", var.job_types)
    engines                    = join(",", var.engines)
    branches                   = tostring(var.state_machine.branches)
    settlements_queue_url      = aws_sqs_queue.settlements.url
    dead_settlements_queue_url = aws_sqs_queue.dead_settlements.url
    # By name, because the state machine itself is made from these functions.
    state_machine_arn = local.state_machine_arn
    dispatch_function = local.function_names["dispatch_chunks"]
    finish_function   = local.function_names["finish_job"]
    # By name, because the module of the cluster is handed the failure handler.
    cluster        = var.deployment.prefix
    subnets        = join(",", var.network.subnet_ids)
    security_group = var.network.security_group_id
    # Who besides a route's own worker settles its chunks, as the queue names the sender. One by one: by a name that is
    # worked out, Terraform takes all that a module makes to be meant, and sees a circle.
    trusted_roles = join(",", [module.function["handle_worker_failures"].role.unique_id, module.function["sweep_jobs"].role.unique_id])
  }

  every_function = {
    ROLLCALL_ENVIRONMENT         = var.deployment.environment
    ROLLCALL_BUCKET              = var.job_store.bucket.name
    POWERTOOLS_METRICS_NAMESPACE = "Rollcall"
    # At most 15 s a call, less than any function has: then it says that it is throttled, before its own time is over.
    AWS_RETRY_MODE   = "standard"
    AWS_MAX_ATTEMPTS = "5"
  }

  environments = {
    for name, function in local.functions : name => merge(
      local.every_function,
      { POWERTOOLS_SERVICE_NAME = local.function_names[name] },
      { for setting in function.settings : "ROLLCALL_${upper(setting)}" => local.settings[setting] },
    )
  }
}
