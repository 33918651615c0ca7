# Rules of the compute modules tell of tasks and jobs that have ended.
resource "aws_lambda_permission" "ended_workers" {
  statement_id  = "ended-workers"
  function_name = aws_lambda_function.platform["handle_worker_failures"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = "arn:${var.deployment.partition}:events:${var.deployment.region}:${var.deployment.account_id}:rule/${var.deployment.prefix}-ended-*"
}

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
  arn  = aws_lambda_function.platform["finish_job"].arn
}

resource "aws_lambda_permission" "ended_executions" {
  statement_id  = "ended-executions"
  function_name = aws_lambda_function.platform["finish_job"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.ended_executions.arn
}
