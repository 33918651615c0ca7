# As in the module worker: queue and dead-letter queue are watched at the same time.
resource "aws_sqs_queue" "settlements" {
  redrive_policy = jsonencode({ deadLetterTargetArn = "${local.settlements_arn}-dlq", maxReceiveCount = 10 })
}
