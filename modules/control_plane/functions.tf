# The platform's own Lambdas: how long, how big, what they know and what they may do. `lambda.tf` makes each.
locals {
  functions = {
    partition_job = {
      timeout_seconds = 900
      memory_mb       = 1024
      environment = {
        ROLLCALL_JOBS_TABLE = var.job_store.jobs_table.name
        ROLLCALL_PARAMETERS = local.parameters
        ROLLCALL_NEXT_STEPS = join(",", var.job_types)
      }
      statements = [
        local.allow.read_inputs,
        local.allow.list_inputs,
        local.allow.write_manifests,
        local.allow.read_routes,
        local.allow.record_jobs,
      ]
    }

    dispatch_chunks = {
      timeout_seconds = 900
      memory_mb       = 512
      environment     = { ROLLCALL_JOBS_TABLE = var.job_store.jobs_table.name, ROLLCALL_BUS = var.event_bus.name }
      statements = [
        local.allow.read_manifests,
        local.allow.record_jobs,
        local.allow.queue_chunks,
        local.allow.request_chunks,
      ]
    }

    arm_barrier = {
      timeout_seconds = 30
      memory_mb       = 256
      environment     = { ROLLCALL_JOBS_TABLE = var.job_store.jobs_table.name }
      statements      = [local.allow.record_jobs, local.allow.open_barrier]
    }

    track_settlements = {
      timeout_seconds = local.tracker_timeout_seconds
      memory_mb       = 512
      environment = {
        ROLLCALL_JOBS_TABLE     = var.job_store.jobs_table.name
        ROLLCALL_PROGRESS_TABLE = var.job_store.progress_table.name
      }
      statements = [
        local.allow.consume_settlements,
        local.allow.record_jobs,
        local.allow.count_settlements,
        local.allow.open_barrier,
      ]
    }

    account_losses = {
      timeout_seconds = 60
      memory_mb       = 512
      environment = {
        ROLLCALL_BUS                   = var.event_bus.name
        ROLLCALL_PARAMETERS            = local.parameters
        ROLLCALL_SETTLEMENTS_QUEUE_URL = aws_sqs_queue.settlements.url
      }
      statements = [
        local.allow.consume_dead_letters,
        local.allow.read_manifests,
        local.allow.write_results,
        local.allow.read_routes,
        local.allow.request_chunks,
        local.allow.settle,
      ]
    }

    wake_routes = {
      timeout_seconds = 60
      memory_mb       = 256
      environment     = { ROLLCALL_BUS = var.event_bus.name, ROLLCALL_PARAMETERS = local.parameters }
      statements      = [local.allow.read_routes, local.allow.consume_routes, local.allow.request_chunks]
    }

    finish_job = {
      timeout_seconds = 60
      memory_mb       = 512
      environment     = { ROLLCALL_JOBS_TABLE = var.job_store.jobs_table.name }
      statements      = [local.allow.record_jobs]
    }
  }

  # In CloudWatch and in the console a function goes by its verb and noun.
  function_names = { for name in keys(local.functions) : name => "${var.deployment.prefix}-${replace(name, "_", "-")}" }

  every_function = {
    ROLLCALL_ENVIRONMENT         = var.deployment.environment
    ROLLCALL_BUCKET              = var.job_store.bucket.name
    POWERTOOLS_METRICS_NAMESPACE = "Rollcall"
  }
}
