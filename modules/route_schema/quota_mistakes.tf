# Whether all routes at work together fit into what the account may run. What does not fit would not fail at once: it
# would be throttled, or wait, in production and under load.
locals {
  # Lambdas that run jobs need places of their own, however small the account is.
  control_lambdas = min(50, floor(local.quotas.lambda_concurrency / 2))
  # One rule a route, and those of the platform.
  rules = length(local.all_routes) + length(local.rules_of_the_platform)

  demands = {
    lambda_concurrency = {
      of    = { for data_type, route in local.lambda_routes : data_type => route.max_concurrency }
      what  = "Lambda workers"
      least = local.control_lambdas
      quota = "Lambda, Concurrent executions"
    }
    fargate_vcpus = {
      of = merge(
        { for data_type, route in local.typed_routes : data_type => route.max_concurrency * route.fargate.cpu / 1024 if try(!route.fargate.spot, false) },
        { for data_type, route in local.typed_routes : data_type => route.max_concurrency * route.batch.vcpus if route.batch != null },
      )
      what  = "vCPUs of Fargate and Batch"
      least = 0
      quota = "Fargate, On-Demand vCPU resource count"
    }
    fargate_spot_vcpus = {
      of    = { for data_type, route in local.typed_routes : data_type => route.max_concurrency * route.fargate.cpu / 1024 if try(route.fargate.spot, false) }
      what  = "vCPUs of Fargate Spot"
      least = 0
      quota = "Fargate, Spot vCPU resource count"
    }
  }

  quotas = { for name, default in local.quota_defaults : name => try(local.fitting["${local.tfvars}, quotas.${name}"], default) }

  odd_quotas = [
    for name, value in local.quotas : "${local.tfvars}, quotas.${name}: ${value} is not a whole number from 1"
    if value < 1 || floor(value) != value
  ]

  exceeded_quotas = [
    for name, demand in local.demands :
    "${local.tfvars}, routes: ${join(", ", [for data_type, number in demand.of : "\"${data_type}\" ${number}"])} make ${sum(values(demand.of))} ${demand.what} at a time, and quotas.${name} is ${local.quotas[name]}${demand.least > 0 ? ", of which ${demand.least} run the jobs" : ""}; lower max_concurrency, or have \"${demand.quota}\" raised in Service Quotas and write it there"
    if sum(concat([0], values(demand.of))) > local.quotas[name] - demand.least && length(local.misfits) == 0
  ]

  too_many_rules = [
    for rules in [local.rules] :
    "${local.tfvars}, routes: ${length(local.typed_routes)} routes make ${rules} rules, those of the platform included, and quotas.rules_per_bus is ${local.quotas.rules_per_bus}; drop routes, or have \"EventBridge, Rules\" raised in Service Quotas and write it there"
    if rules > local.quotas.rules_per_bus
  ]

  quota_mistakes = concat([for mistake in local.written_mistakes : mistake.told if mistake.of == "quotas"], local.odd_quotas, local.exceeded_quotas, local.too_many_rules)
}
