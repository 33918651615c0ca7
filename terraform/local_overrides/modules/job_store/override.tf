# The provider watches a lifecycle for 55 seconds until S3 agrees with itself; nothing expires here.
resource "aws_s3_bucket_lifecycle_configuration" "jobs" {
  count = 0
}
