# Also of a job that ended well: it is lost if it did not release its slot.
resource "aws_cloudwatch_event_rule" "ended" {
  name        = "${var.deployment.prefix}-ended-jobs"
  description = "Workers that have ended, to the function that accounts for losses"

  event_pattern = jsonencode({
    source        = ["aws.batch"]
    "detail-type" = ["Batch Job State Change"]
    detail        = { jobQueue = [aws_batch_job_queue.this.arn], status = ["SUCCEEDED", "FAILED"] }
  })
}

resource "aws_cloudwatch_event_target" "ended" {
  rule = aws_cloudwatch_event_rule.ended.name
  arn  = var.failure_handler.arn

  # After that it is read from the queue.
  retry_policy {
    maximum_event_age_in_seconds = 300
    maximum_retry_attempts       = 185
  }

  dead_letter_config {
    arn = var.failure_handler.dead_letters_arn
  }
}
