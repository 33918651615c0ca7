# Whether all routes at work together fit into what the account may run. What does not fit would not fail at once: it
# would be throttled, or wait, in production and under load.
locals {
  # Lambdas that run jobs need places of their own, however small the account is.
  control_lambdas = min(50, floor(local.quotas.lambda_concurrency / 2))
  # What control_plane reserves: for each of these, and for those that go on by themselves.
  kept_functions = 6
  kept_places    = 27 + local.kept_functions * var.control_concurrency
  unreservable   = 100 # Lambda developer guide, "Configuring reserved concurrency"
  # One rule a route, and those of the platform.
  rules = length(local.all_routes) + length(local.rules_of_the_platform)

  demands = {
    lambda_concurrency = {
      of    = { for data_type, route in local.lambda_routes : data_type => route.max_concurrency }
      what  = "Lambda workers"
      least = local.control_lambdas + local.kept_functions * var.control_concurrency
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

  unreservable_places = [
    for kept in [var.control_concurrency] :
    "${local.tfvars}, control_concurrency: ${kept} for each of ${local.kept_functions} functions reserve ${local.kept_places} Lambdas with those of the others, and of quotas.lambda_concurrency, ${local.quotas.lambda_concurrency}, AWS keeps ${local.unreservable} for what is not reserved; lower it, or have \"Lambda, Concurrent executions\" raised in Service Quotas and write it there"
    if kept > 0 && local.kept_places > local.quotas.lambda_concurrency - local.unreservable
  ]

  odd_places = [
    for kept in [var.control_concurrency] :
    "${local.tfvars}, control_concurrency: ${kept} is not a whole number from 0" if kept < 0 || floor(kept) != kept
  ]

  quota_mistakes = concat(local.odd_places, local.unreservable_places, [for mistake in local.written_mistakes : mistake.told if mistake.of == "quotas"], local.odd_quotas, local.exceeded_quotas, local.too_many_rules)
}
