# Environment and queue are there before the first route needs them: idle they cost nothing, and so no route
# owns them.
resource "aws_batch_compute_environment" "this" {
  compute_environment_name = var.deployment.prefix
  type                     = "MANAGED"

  compute_resources {
    type = "FARGATE"
    # A route's max_concurrency is what bounds its jobs; more than the account has would only be refused later.
    max_vcpus          = var.max_vcpus
    subnets            = var.network.subnet_ids
    security_group_ids = [var.network.security_group_id]
  }
}

resource "aws_batch_job_queue" "this" {
  name     = var.deployment.prefix
  state    = "ENABLED"
  priority = 1

  compute_environment_order {
    order               = 1
    compute_environment = aws_batch_compute_environment.this.arn
  }
}

resource "aws_batch_job_definition" "worker" {
  for_each = var.workers

  name                  = "${var.deployment.prefix}-route-${each.value.slug}"
  type                  = "container"
  platform_capabilities = ["FARGATE"]

  container_properties = jsonencode({
    image            = var.image_repository.references[each.value.batch.image]
    command          = local.command
    jobRoleArn       = each.value.role.arn
    executionRoleArn = var.image_repository.execution_role.arn
    environment      = [for name, value in each.value.environment : { name = name, value = value }]
    resourceRequirements = [
      { type = "VCPU", value = tostring(each.value.batch.vcpus) },
      { type = "MEMORY", value = tostring(each.value.batch.memory_mb) },
    ]
    networkConfiguration = { assignPublicIp = "ENABLED" }
    runtimePlatform      = { operatingSystemFamily = "LINUX", cpuArchitecture = var.image_repository.cpu_architecture }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.worker[each.key].name
        awslogs-region        = var.deployment.region
        awslogs-stream-prefix = "batch"
      }
    }
  })

  # The failure_handler starts the next worker, so Batch starts none of its own.
  retry_strategy {
    attempts = 1
  }

  timeout {
    # The worker stops by itself before its timeout; Batch ends only one that hangs.
    attempt_duration_seconds = each.value.timeout_seconds + 60
  }
}

resource "aws_cloudwatch_log_group" "worker" {
  for_each          = var.workers
  name              = "/rollcall/${var.deployment.environment}/batch/${each.value.slug}"
  retention_in_days = var.log_retention_days
}
