# What the worker of one route has, whatever it runs on: its queue, its dead letters, its permissions and its
# environment. A module of its own because the compute needs the queue and the rule needs the compute: this
# one depends on neither.
locals {
  name = "${var.deployment.prefix}-route-${var.route.slug}"

  rule_arn  = "${replace(var.event_bus.arn, ":event-bus/", ":rule/")}/${var.deployment.prefix}-${var.route.slug}"
  queue_arn = "arn:${var.deployment.partition}:sqs:${var.deployment.region}:${var.deployment.account_id}:${local.name}"

  # A worker's death is known to be an item's, but for the first, and more than one item may die. A chunk of an idempotent
  # route is begun only once.
  most_deliveries = var.route.max_attempts + (var.route.idempotent ? 0 : 10)

  every_worker = {
    ROLLCALL_ENVIRONMENT           = var.deployment.environment
    ROLLCALL_BUCKET                = var.job_store.bucket.name
    ROLLCALL_JOBS_TABLE            = var.job_store.jobs_table.name
    ROLLCALL_WORKERS_TABLE         = var.job_store.workers_table.name
    ROLLCALL_BUS                   = var.event_bus.name
    ROLLCALL_SETTLEMENTS_QUEUE_URL = var.settlements_queue.url
    ROLLCALL_ROUTE_QUEUE_URL       = aws_sqs_queue.route.url
    ROLLCALL_TARGET                = var.route.target
    ROLLCALL_TIMEOUT_SECONDS       = tostring(var.route.timeout_seconds)
    ROLLCALL_MAX_ATTEMPTS          = tostring(var.route.max_attempts)
    ROLLCALL_MAX_CONCURRENCY       = tostring(var.route.max_concurrency)
    POWERTOOLS_SERVICE_NAME        = local.name
    POWERTOOLS_METRICS_NAMESPACE   = "Rollcall"
    # About 75 s a call: a worker that gives up costs its chunks an attempt.
    AWS_RETRY_MODE   = "standard"
    AWS_MAX_ATTEMPTS = "12"
  }
  item_timeout      = { ROLLCALL_ITEM_TIMEOUT_SECONDS = tostring(var.route.item_timeout_seconds) }
  idempotent_worker = { ROLLCALL_IDEMPOTENCY_TABLE = var.job_store.idempotency_table.name }
  environment = merge(
    local.every_worker,
    var.route.item_timeout_seconds == 0 ? {} : local.item_timeout,
    var.route.idempotent ? local.idempotent_worker : {},
  )
}
