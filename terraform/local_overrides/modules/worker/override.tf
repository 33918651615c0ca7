# The provider watches each queue for 25 seconds. Named by ARN and not by reference, the dead-letter queue is
# watched at the same time as its queue; the embedded cloud waits until it is there.
resource "aws_sqs_queue" "route" {
  redrive_policy = jsonencode({ deadLetterTargetArn = "${local.queue_arn}-dlq", maxReceiveCount = local.most_deliveries })
}
