# What calls functions without waiting for their answers: rules, others of the platform, and queues.
locals {
  rules_arn = "arn:${var.deployment.partition}:events:${var.deployment.region}:${var.deployment.account_id}:rule"

  rules = {
    # Of Fargate routes, which hand over the workers to be started; by name prefix, so that a new route changes nothing here.
    start_tasks = { rules-of-routes = "${replace(var.event_bus.arn, ":event-bus/", ":rule/")}/${var.deployment.prefix}-*" }
    # Of the compute modules, which tell of tasks and jobs that have ended.
    handle_worker_failures = { ended-workers = "${local.rules_arn}/${var.deployment.prefix}-ended-*" }
    finish_job             = { ended-executions = aws_cloudwatch_event_rule.ended_executions.arn }
  }

  asynchronous = {
    # Lambda tries again after one and after two more minutes. Then the failure handler is told, who asks for the worker
    # again as long as chunks wait. All of it is over well before the worker's slot counts as free (rollcall/dispatch/slots.py).
    start_tasks = {
      retries          = 2
      age_seconds      = 300
      dead_letters_arn = "${local.arn_start.lambda}:function:${local.function_names["handle_worker_failures"]}"
    }
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
  }
}
