output "queue_url" {
  value = aws_sqs_queue.route.url
}

output "dead_letters_arn" {
  value = aws_sqs_queue.dead_letters.arn
}

output "role" {
  description = "`unique_id` is what the queue names the sender of a settlement by."
  value = {
    name      = aws_iam_role.worker.name
    arn       = aws_iam_role.worker.arn
    unique_id = aws_iam_role.worker.unique_id
  }
}

output "environment" {
  value = local.environment
}
