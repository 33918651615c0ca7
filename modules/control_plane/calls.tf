# What calls functions without waiting for their answers: rules, others of the platform, and queues.
locals {
  rules_arn     = "arn:${var.deployment.partition}:events:${var.deployment.region}:${var.deployment.account_id}:rule"
  bus_rules_arn = replace(var.event_bus.arn, ":event-bus/", ":rule/")

  rules = {
    # Of Fargate routes, which hand over the workers to be started; by name prefix, so that a new route changes nothing here.
    start_tasks = { rules-of-routes = "${local.bus_rules_arn}/${var.deployment.prefix}-*" }
    # Of the compute modules, which tell of tasks and jobs that have ended.
    handle_worker_failures = { ended-workers = "${local.rules_arn}/${var.deployment.prefix}-ended-*" }
    finish_job             = { ended-executions = aws_cloudwatch_event_rule.ended_executions.arn }
    merge_results          = { merges = aws_cloudwatch_event_rule.merges.arn }
  }

  # Lambda tries again after one and after two more minutes, and waits for room for as long as it may. What failed then
  # is read from the queue of the undelivered.
  tries = {
    # All of it is over well before the worker's slot counts as free (rollcall/dispatch/slots.py); the failure handler
    # asks for the worker again as long as chunks wait.
    start_tasks = { retries = 2, age_seconds = 300 }
    # The next sweep is due in a minute: one that failed or found no room is not repeated, so that sweeps never pile up.
    sweep_jobs = { retries = 0, age_seconds = 60 }
    # What these two leave undone a sweep calls them for again.
    dispatch_chunks        = { retries = 2, age_seconds = 6 * 3600 }
    finish_job             = { retries = 2, age_seconds = 6 * 3600 }
    handle_worker_failures = { retries = 2, age_seconds = 6 * 3600 }
    # No sweep makes these good. Sections of a big job wait for one another, for as long as Lambda keeps a call.
    merge_results = { retries = 2, age_seconds = 6 * 3600, dead_letters_arn = aws_sqs_queue.dead_merges.arn }
  }
  asynchronous = {
    for name, tries in local.tries : name => merge({ dead_letters_arn = aws_sqs_queue.undelivered.arn }, tries)
  }

  queues = {
    track_settlements = {
      arn = aws_sqs_queue.settlements.arn
      # One write per job and batch: large batches are what keeps the barrier cheap.
      batch_size     = 100
      window_seconds = 1
      # Five trackers count 500 messages at once; more would only meet in the same rows.
      max_concurrency = local.trackers
    }
    # The least there is, as for each route: losses leave places for those of others.
    handle_worker_failures = { arn = aws_sqs_queue.undelivered.arn, batch_size = 10, window_seconds = 0, max_concurrency = 2 }
  }
}
