# The platform's own Lambdas: how long, how big, which settings each is told and what it may do. The names stand for
# what `settings.tf` and `permissions.tf` say; `lambda.tf` makes each function.
locals {
  functions = {
    # With 1,769 MB a function has a whole core, which reading a big input and enqueuing its chunks needs.
    partition_job = {
      timeout_seconds = 900
      reserved        = var.control_concurrency
      memory_mb       = 1769
      reads_parquet   = true
      settings        = ["jobs_table", "parameters", "next_steps", "engines", "branches"]
      allow           = ["read_inputs", "list_inputs", "write_manifests", "read_routes", "write_plans", "record_jobs"]
    }

    dispatch_chunks = {
      timeout_seconds = 900
      reserved        = var.control_concurrency
      memory_mb       = 1769
      settings        = ["jobs_table", "progress_table", "workers_table", "bus"]
      allow           = ["record_jobs", "read_progress", "read_job_files", "queue_chunks", "reserve_slots", "request_workers"]
    }

    arm_barrier = {
      timeout_seconds = 30
      reserved        = var.control_concurrency
      memory_mb       = 256
      settings        = ["jobs_table"]
      allow           = ["record_jobs", "open_barrier"]
    }

    track_settlements = {
      # Short, because a batch lost with its tracker is counted again only after six times as long.
      timeout_seconds = 30
      reserved        = local.trackers
      memory_mb       = 512
      settings        = ["jobs_table", "progress_table", "dead_settlements_queue_url", "trusted_roles"]
      allow = [
        "consume_settlements", "set_settlements_aside", "record_jobs", "read_progress", "count_settlements",
        "open_barrier",
      ]
    }

    start_tasks = {
      timeout_seconds = 60
      reserved        = var.control_concurrency
      memory_mb       = 256
      settings        = ["cluster", "subnets", "security_group"]
      allow           = ["run_tasks", "hand_roles_to_tasks"]
    }

    handle_worker_failures = {
      timeout_seconds = 60
      reserved        = 10
      memory_mb       = 512
      settings        = ["jobs_table", "workers_table", "parameters", "bus", "settlements_queue_url"]
      allow = [
        "consume_undelivered", "consume_routes", "schedule_recheck", "read_jobs", "read_job_files", "write_results", "read_routes", "look_at_slots",
        "reserve_slots", "request_workers", "settle",
      ]
    }

    sweep_jobs = {
      # As long as from one sweep to the next, so that they do not overlap; the second place is for one asked for by hand.
      timeout_seconds = 60
      reserved        = 2
      memory_mb       = 512
      settings = [
        "jobs_table", "progress_table", "workers_table", "parameters", "bus", "settlements_queue_url",
        "state_machine_arn", "dispatch_function", "finish_function",
      ]
      allow = [
        "find_open_jobs", "record_jobs", "read_progress", "count_settlements", "read_job_files", "write_results",
        "read_routes", "count_queues", "reserve_slots", "request_workers", "settle", "look_at_executions",
        "start_executions", "stop_executions", "open_barrier", "call_functions",
      ]
    }

    record_answers = {
      # The answers of a Distributed Map may be a million.
      timeout_seconds = 900
      reserved        = var.control_concurrency
      memory_mb       = 512
      settings        = ["jobs_table", "progress_table"]
      allow           = ["record_jobs", "count_settlements", "read_job_files", "write_results"]
    }

    finish_job = {
      # The counts of a job that did not settle wholly are read from its results.
      timeout_seconds = 300
      reserved        = var.control_concurrency
      memory_mb       = 512
      settings        = ["jobs_table", "progress_table", "workers_table", "bus", "cluster"]
      allow = [
        "record_jobs", "release_locks", "read_progress", "count_settlements", "find_workers", "stop_tasks", "terminate_batch_jobs",
        "list_job_files", "read_job_files", "write_receipts", "announce_jobs", "look_at_executions",
      ]
    }

    merge_results = {
      # A section may be some 30,000 results to be read, one after another; its places are few, so that a big job's
      # sections leave the account to the workers.
      timeout_seconds = 900
      reserved        = 10
      memory_mb       = 1769
      settings        = ["jobs_table", "bus"]
      allow           = ["read_jobs", "list_job_files", "read_job_files", "write_products", "request_merges"]
    }
  }

  # What goes on by itself while workers may fill the account has places that nobody else can take. What a job waits for
  # finds those that route_schema leaves free, and is called again; where others fill the account, control_concurrency
  # keeps places for it too. An account that is too small for reservations does without.
  can_reserve = var.lambda_concurrency - local.all_reserved >= local.must_stay_unreserved
  reserved = {
    for name, function in local.functions : name => local.can_reserve && function.reserved > 0 ? function.reserved : -1
  }
  all_reserved         = sum([for function in local.functions : function.reserved])
  must_stay_unreserved = 100 # Lambda developer guide, "Configuring reserved concurrency"
  trackers             = 5

  # In CloudWatch and in the console a function goes by its verb and noun.
  function_names = { for name in keys(local.functions) : name => "${var.deployment.prefix}-${replace(name, "_", "-")}" }
}
