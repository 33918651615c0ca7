output "bucket" {
  value = { name = aws_s3_bucket.jobs.bucket, arn = aws_s3_bucket.jobs.arn }
}

output "jobs_table" {
  value = { name = aws_dynamodb_table.jobs.name, arn = aws_dynamodb_table.jobs.arn }
}

output "progress_table" {
  value = { name = aws_dynamodb_table.progress.name, arn = aws_dynamodb_table.progress.arn }
}
