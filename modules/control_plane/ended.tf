# An execution that is stopped, or that fails outside its own states, cannot write into its job's row how it ended.
resource "aws_cloudwatch_event_rule" "ended_executions" {
  name        = "${var.deployment.prefix}-ended-executions"
  description = "Jobs that have ended without success, to the function that finishes them"

  event_pattern = jsonencode({
    source        = ["aws.states"]
    "detail-type" = ["Step Functions Execution Status Change"]
    detail        = { stateMachineArn = [local.state_machine_arn], status = ["FAILED", "TIMED_OUT", "ABORTED"] }
  })
}

resource "aws_cloudwatch_event_target" "ended_executions" {
  rule = aws_cloudwatch_event_rule.ended_executions.name
  arn  = module.function["finish_job"].arn

  # The sweep would close the job as well.
  retry_policy {
    maximum_event_age_in_seconds = 300
    maximum_retry_attempts       = 185
  }

  dead_letter_config {
    arn = aws_sqs_queue.undelivered.arn
  }
}
