resource "aws_lambda_layer_version" "this" {
  layer_name          = "${var.prefix}-packages"
  filename            = var.zip
  source_code_hash    = filebase64sha256(var.zip)
  compatible_runtimes = [local.runtime]
}

# For whoever reads Parquet alone: it is compiled, and larger than all else together.
resource "aws_lambda_layer_version" "parquet" {
  layer_name               = "${var.prefix}-parquet"
  filename                 = var.parquet_zip
  source_code_hash         = filebase64sha256(var.parquet_zip)
  compatible_runtimes      = [local.runtime]
  compatible_architectures = [local.architecture]
}

# All code is pure Python, so it runs on either processor; arm64 costs a fifth less per GB-second. The build compiles
# nothing, but picks pyarrow for these two.
locals {
  runtime      = "python3.13"
  architecture = "arm64"
}
