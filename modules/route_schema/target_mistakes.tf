locals {
  existing_zips = (
    length(local.zips) == 0
    ? "${var.zip_folder} holds no zip; run `make build`"
    : "existing are ${join(", ", local.zips)}; correct the name or run `make build`"
  )

  lambda_routes = { for data_type, route in local.all_routes : data_type => route if route.lambda != null }

  lambda_mistakes = concat(
    [
      for data_type, route in local.lambda_routes :
      "${local.place[data_type]}.lambda.function: \"${route.lambda.function}\" has no zip; ${local.existing_zips}"
      if !contains(local.zips, route.lambda.function)
    ],
    [
      for data_type, route in local.lambda_routes :
      "${local.place[data_type]}.lambda.memory_mb: ${route.lambda.memory_mb} is not a whole number from ${local.lambda_memory_mb.least} to ${local.lambda_memory_mb.most}"
      if route.lambda.memory_mb < local.lambda_memory_mb.least || route.lambda.memory_mb > local.lambda_memory_mb.most || floor(route.lambda.memory_mb) != route.lambda.memory_mb
    ],
    [
      for data_type, route in local.lambda_routes :
      "${local.place[data_type]}.timeout_minutes: ${route.timeout_minutes} is more than the ${local.lambda_timeout_minutes} a Lambda may run; lower it or move the route to fargate or batch"
      if route.timeout_minutes > local.lambda_timeout_minutes
    ],
  )

  # Fargate and Batch differ only in how their CPU is written: units there, vCPUs of 1,024 units here.
  containers = concat(
    [
      for data_type, route in local.typed_routes :
      { place = "${local.place[data_type]}.fargate", image = route.fargate.image, cpu = route.fargate.cpu, written = "cpu ${route.fargate.cpu}", unit = 1, name = "cpu", memory_mb = route.fargate.memory_mb }
      if route.fargate != null
    ],
    [
      for data_type, route in local.typed_routes :
      { place = "${local.place[data_type]}.batch", image = route.batch.image, cpu = route.batch.vcpus * 1024, written = "vcpus ${route.batch.vcpus}", unit = 1024, name = "vcpus", memory_mb = route.batch.memory_mb }
      if route.batch != null
    ],
  )

  container_mistakes = concat(
    [for container in local.containers : "${container.place}.image: missing; name the container image" if container.image == ""],
    [
      for container in local.containers :
      "${container.place}.${container.name}: ${container.written} is no Fargate size; allowed are ${join(", ", [for cpu in local.fargate_cpu : trimspace(cpu) / container.unit])}"
      if !contains(keys(local.fargate_memory_mb), tostring(container.cpu))
    ],
    [
      for container in local.containers :
      "${container.place}.memory_mb: ${container.memory_mb} does not go with ${container.written}; allowed are ${join(", ", local.fargate_memory_mb[tostring(container.cpu)])}"
      if !contains(try(local.fargate_memory_mb[tostring(container.cpu)], [container.memory_mb]), container.memory_mb) && !contains(keys(local.misfits), "${container.place}.${container.name}")
    ],
  )
}
