locals {
  parameters = "/rollcall/${var.deployment.environment}"
}

# All the command line needs to know: it asks the deployment, never Terraform's state.
resource "aws_ssm_parameter" "deployment" {
  #checkov:skip=CKV2_AWS_34:Holds names, nothing secret.
  name = "${local.parameters}/deployment"
  type = "String"

  value = jsonencode({
    environment                = var.deployment.environment
    region                     = var.deployment.region
    bucket                     = var.job_store.bucket.name
    bus                        = var.event_bus.name
    jobs_table                 = var.job_store.jobs_table.name
    progress_table             = var.job_store.progress_table.name
    workers_table              = var.job_store.workers_table.name
    state_machine_arn          = aws_sfn_state_machine.job.arn
    settlements_queue_url      = aws_sqs_queue.settlements.url
    dead_settlements_queue_url = aws_sqs_queue.dead_settlements.url
    undelivered_queue_url      = aws_sqs_queue.undelivered.url
    dead_merges_queue_url      = aws_sqs_queue.dead_merges.url
    dispatch_function          = local.function_names["dispatch_chunks"]
    next_steps                 = var.job_types
    engines                    = var.engines
  })
}
