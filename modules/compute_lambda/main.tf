module "function" {
  source   = "../lambda_function"
  for_each = var.workers

  name               = "${var.prefix}-route-${each.value.slug}"
  role               = each.value.role
  code               = each.value.lambda.function
  zips               = var.zips
  platform           = var.platform
  memory_mb          = each.value.lambda.memory_mb
  timeout_seconds    = each.value.timeout_seconds
  environment        = each.value.environment
  log_retention_days = var.log_retention_days
  # By name, because the rule itself is made from this function.
  rules = { rule = "${replace(var.event_bus.arn, ":event-bus/", ":rule/")}/${var.prefix}-${each.value.slug}" }

  # A loss is told at once; the failure handler starts the next worker, and the queue hands the chunks out again.
  asynchronous = { retries = 0, age_seconds = 300, dead_letters_arn = each.value.dead_letters_arn }
}
