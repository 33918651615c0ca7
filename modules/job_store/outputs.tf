output "bucket" {
  value = { name = aws_s3_bucket.jobs.bucket, arn = aws_s3_bucket.jobs.arn }
}

output "jobs_table" {
  value = { name = aws_dynamodb_table.jobs.name, arn = aws_dynamodb_table.jobs.arn }
}

output "progress_table" {
  value = { name = aws_dynamodb_table.progress.name, arn = aws_dynamodb_table.progress.arn }
}

output "workers_table" {
  value = { name = aws_dynamodb_table.workers.name, arn = aws_dynamodb_table.workers.arn }
}

output "idempotency_table" {
  value = { name = aws_dynamodb_table.idempotency.name, arn = aws_dynamodb_table.idempotency.arn }
}
