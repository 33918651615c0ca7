output "targets" {
  description = "Data type => what its rule starts."
  value       = { for data_type, function in aws_lambda_function.worker : data_type => { arn = function.arn } }
}
