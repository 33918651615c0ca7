output "state_machine_arn" {
  value = aws_sfn_state_machine.job.arn
}

output "settlements_queue" {
  value = { url = aws_sqs_queue.settlements.url, arn = aws_sqs_queue.settlements.arn }
}

output "starter" {
  description = "The function that starts tasks."
  value       = { arn = module.function["start_tasks"].arn }
}

output "failure_handler" {
  description = "The function that accounts for lost workers and chunks, and the queue of what it could not be told."
  value       = { arn = module.function["handle_worker_failures"].arn, dead_letters_arn = aws_sqs_queue.undelivered.arn }
}
