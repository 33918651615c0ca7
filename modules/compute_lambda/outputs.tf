output "targets" {
  description = "Data type => what its rule starts."
  value = {
    for data_type, worker in var.workers : data_type => {
      arn = module.function[data_type].arn
      # As Lambda shows it in the console: the start of the digest of its zip.
      code = substr(var.zips[worker.lambda.function].sha256, 0, 12)
    }
  }
}
