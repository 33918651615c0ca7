output "name" {
  value = aws_lambda_function.this.function_name
}

output "arn" {
  value = aws_lambda_function.this.arn
}

output "role" {
  description = "`unique_id` is what a queue names the sender of a message by."
  value       = { unique_id = one(aws_iam_role.this[*].unique_id) }
}
