resource "aws_cloudwatch_event_rule" "worker_requested" {
  name           = "${var.deployment.prefix}-${var.route.slug}"
  description    = "Starts workers of ${var.route.data_type}"
  event_bus_name = var.event_bus.name

  event_pattern = jsonencode({
    source        = ["rollcall"]
    "detail-type" = concat(["Worker Requested"], var.pushes_chunks && var.route.target == "lambda" ? ["Chunk Pushed"] : [])
    detail        = { data_type = [var.route.data_type] }
  })
}

# The rule keeps its name, so a new one would meet the old one's removal.
moved {
  from = aws_cloudwatch_event_rule.chunk_requested
  to   = aws_cloudwatch_event_rule.worker_requested
}

resource "aws_cloudwatch_event_target" "worker" {
  event_bus_name = var.event_bus.name
  rule           = aws_cloudwatch_event_rule.worker_requested.name
  arn            = var.target.arn
  role_arn       = var.target.role_arn

  # A start is valid for five minutes; then it is told as failed, and the failure handler asks for it again. What cannot
  # succeed (no such function, no permission) AWS gives up at once.
  retry_policy {
    maximum_event_age_in_seconds = 300
    maximum_retry_attempts       = 185
  }

  dead_letter_config {
    arn = var.worker.dead_letters_arn
  }

  dynamic "input_transformer" {
    for_each = var.target.input_template[*]
    content {
      input_paths    = var.target.input_paths
      input_template = input_transformer.value
    }
  }

  dynamic "batch_target" {
    for_each = var.target.batch[*]
    content {
      job_definition = batch_target.value.job_definition_arn
      job_name       = batch_target.value.job_name
    }
  }
}

# How the rest of the platform learns of this route; a parameter each, so that a new route touches no other.
resource "aws_ssm_parameter" "route" {
  #checkov:skip=CKV2_AWS_34:Holds names and limits, nothing secret.
  name = "/rollcall/${var.deployment.environment}/routes/${var.route.slug}"
  type = "String"

  value = jsonencode({
    data_type       = var.route.data_type
    target          = var.route.target
    queue_url       = var.worker.queue_url
    chunk_size      = var.route.chunk_size
    max_concurrency = var.route.max_concurrency
    timeout_seconds = var.route.timeout_seconds
    max_attempts    = var.route.max_attempts
    idempotent      = var.route.idempotent
    role_id         = var.worker.role.unique_id
    code            = var.target.code
    function        = var.route.target == "lambda" ? var.target.arn : ""
  })
}
