# The cluster is there before the first route needs it: it costs nothing, and so no route owns it.
resource "aws_ecs_cluster" "this" {
  #checkov:skip=CKV_AWS_65:Workers report by settlements and logs; Container Insights costs more than the tasks it would watch.
  name = var.deployment.prefix
}

resource "aws_ecs_cluster_capacity_providers" "this" {
  cluster_name       = aws_ecs_cluster.this.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

resource "aws_ecs_task_definition" "worker" {
  #checkov:skip=CKV_AWS_336:Calculations may use the container's disk as scratch space.
  for_each = var.workers

  family                   = "${var.deployment.prefix}-route-${each.value.slug}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = each.value.fargate.cpu
  memory                   = each.value.fargate.memory_mb
  task_role_arn            = each.value.role.arn
  execution_role_arn       = var.image_repository.execution_role.arn

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.image_repository.cpu_architecture
  }

  container_definitions = jsonencode([{
    name        = "worker"
    image       = var.image_repository.references[each.value.fargate.image]
    essential   = true
    environment = [for name, value in each.value.environment : { name = name, value = value }]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.worker[each.key].name
        awslogs-region        = var.deployment.region
        awslogs-stream-prefix = "fargate"
      }
    }
  }])
}

resource "aws_cloudwatch_log_group" "worker" {
  for_each          = var.workers
  name              = "/rollcall/${var.deployment.environment}/fargate/${each.value.slug}"
  retention_in_days = var.log_retention_days
}
