resource "aws_lambda_layer_version" "this" {
  layer_name          = "${var.prefix}-packages"
  filename            = var.zip
  source_code_hash    = filebase64sha256(var.zip)
  compatible_runtimes = [local.runtime]
}

# All code is pure Python, so it runs on either processor; arm64 costs a fifth less per GB-second.
locals {
  runtime      = "python3.13"
  architecture = "arm64"
}
