# Rules of Fargate routes hand over the workers to be started; by name prefix, so that a new route does not change it.
resource "aws_lambda_permission" "rules_of_routes" {
  statement_id  = "rules-of-routes"
  function_name = aws_lambda_function.platform["start_tasks"].function_name
  action        = "lambda:InvokeFunction"
  principal     = "events.amazonaws.com"
  source_arn    = "${replace(var.event_bus.arn, ":event-bus/", ":rule/")}/${var.deployment.prefix}-*"
}

# Lambda tries again after one and after two more minutes. Then the failure handler is told, who asks for the worker again as
# long as chunks wait. All of it is over well before the worker's slot counts as free (rollcall/dispatch/slots.py).
resource "aws_lambda_function_event_invoke_config" "start_tasks" {
  function_name                = aws_lambda_function.platform["start_tasks"].function_name
  maximum_retry_attempts       = 2
  maximum_event_age_in_seconds = 300

  destination_config {
    on_failure {
      destination = aws_lambda_function.platform["handle_worker_failures"].arn
    }
  }
}
