locals {
  # The event as it is, and beside it what its route runs on: the function that starts tasks serves all routes, and a
  # new one does not change it. EventBridge puts the detail in place of <detail>, which jsonencode would escape.
  input_templates = {
    for data_type, worker in var.workers : data_type => replace(
      jsonencode({
        source        = "rollcall"
        "detail-type" = "Worker Requested"
        detail        = "DETAIL"
        task          = { definition = aws_ecs_task_definition.worker[data_type].arn, spot = worker.fargate.spot }
      }),
      "\"DETAIL\"", "<detail>",
    )
  }
}

output "targets" {
  description = "Data type => what its rule starts."
  value = {
    for data_type, worker in var.workers : data_type => {
      arn            = var.starter.arn
      code           = var.image_repository.references[worker.fargate.image]
      input_paths    = { detail = "$.detail" }
      input_template = local.input_templates[data_type]
    }
  }
}
