# One object for every function: what it runs on goes together.
output "platform" {
  value = {
    runtime           = local.runtime
    architecture      = local.architecture
    layer_arn         = aws_lambda_layer_version.this.arn
    parquet_layer_arn = aws_lambda_layer_version.parquet.arn
  }
}
