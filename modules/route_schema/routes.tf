locals {
  # Items whose data type has no route are answered too: this route fails each of them with a clear error.
  catch_all = {
    "*" = {
      lambda     = { function = "refuse_unrouted", memory_mb = 256 }
      fargate    = null
      batch      = null
      chunk_size = 1000
      # Each takes a thousand items in less than a second, and an account may have ten Lambdas in all.
      max_concurrency      = 2
      timeout_minutes      = 5
      max_attempts         = 3
      item_timeout_seconds = 0
      idempotent           = false
    }
  }
  typed_routes = {
    for data_type in keys(local.routes_written) : data_type => merge(
      { for name, default in local.route_defaults : name => try(local.fitting["${local.place[data_type]}.${name}"], default) },
      {
        for target, settings in local.target_defaults : target => contains(local.target_places, "${local.place[data_type]}.${target}") ? {
          for name, default in settings : name => try(local.fitting["${local.place[data_type]}.${target}.${name}"], default)
        } : null
      },
    )
  }
  all_routes = merge(local.typed_routes, local.catch_all)

  slugs = {
    for data_type in keys(local.all_routes) :
    data_type => data_type == "*" ? "unrouted" : replace(data_type, "/[^A-Za-z0-9-]/", "-")
  }

  chosen_targets = {
    for data_type, route in local.all_routes :
    data_type => [for target in local.targets : target if route[target] != null]
  }

  routes = {
    for data_type, route in local.all_routes : data_type => {
      data_type            = data_type
      slug                 = local.slugs[data_type]
      target               = try(local.chosen_targets[data_type][0], "")
      lambda               = route.lambda
      fargate              = route.fargate
      batch                = route.batch
      chunk_size           = route.chunk_size
      max_concurrency      = route.max_concurrency
      timeout_seconds      = route.timeout_minutes * 60
      max_attempts         = route.max_attempts
      item_timeout_seconds = route.item_timeout_seconds
      idempotent           = route.idempotent
    }
  }
}
