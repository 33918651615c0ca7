locals {
  # Batch fills Ref::<name> in the command from the parameters of a job, and EventBridge fills the parameters.
  arguments = flatten([for field in var.worker_fields : ["--${field}", "Ref::${field}"]])
  command   = concat(["python", "-m", "rollcall.worker"], local.arguments)

  # jsonencode writes < and > as escapes, which EventBridge would not recognise as its placeholders.
  encoded_parameters = jsonencode({ Parameters = { for field in var.worker_fields : field => "<${field}>" } })
  input_template     = replace(replace(local.encoded_parameters, "\\u003c", "<"), "\\u003e", ">")
}

output "targets" {
  description = "Data type => what its rule starts."
  value = {
    for data_type, worker in var.workers : data_type => {
      arn            = aws_batch_job_queue.this.arn
      role_arn       = aws_iam_role.rules.arn
      code           = var.image_repository.references[worker.batch.image]
      input_paths    = { for field in var.worker_fields : field => "$.detail.${field}" }
      input_template = local.input_template
      batch = {
        job_definition_arn = aws_batch_job_definition.worker[data_type].arn
        job_name           = "${var.deployment.prefix}-route-${worker.slug}"
      }
    }
  }
}
