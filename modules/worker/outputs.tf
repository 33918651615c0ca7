output "queue_url" {
  value = aws_sqs_queue.route.url
}

output "dead_letters_arn" {
  value = aws_sqs_queue.dead_letters.arn
}

output "role" {
  value = { name = aws_iam_role.worker.name, arn = aws_iam_role.worker.arn }
}

output "environment" {
  value = local.environment
}
