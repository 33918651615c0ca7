locals {
  arguments = flatten([for field in var.worker_fields : ["--${field}", "<${field}>"]])
  command   = concat(["python", "-m", "rollcall.worker"], local.arguments)

  # jsonencode writes < and > as escapes, which EventBridge would not recognise as its placeholders.
  encoded_overrides = jsonencode({ containerOverrides = [{ name = "worker", command = local.command }] })
  input_template    = replace(replace(local.encoded_overrides, "\\u003c", "<"), "\\u003e", ">")
}

output "targets" {
  description = "Data type => what its rule starts."
  value = {
    for data_type, worker in var.workers : data_type => {
      arn            = aws_ecs_cluster.this.arn
      role_arn       = aws_iam_role.rules.arn
      code           = var.image_repository.references[worker.fargate.image]
      input_paths    = { for field in var.worker_fields : field => "$.detail.${field}" }
      input_template = local.input_template
      ecs = {
        task_definition_arn = aws_ecs_task_definition.worker[data_type].arn
        capacity_provider   = worker.fargate.spot ? "FARGATE_SPOT" : "FARGATE"
        subnet_ids          = var.network.subnet_ids
        security_group_id   = var.network.security_group_id
      }
    }
  }
}
