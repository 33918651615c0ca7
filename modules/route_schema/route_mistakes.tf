locals {
  misspelled_data_types = [
    for data_type in keys(local.routes_written) :
    "${local.place[data_type]}: a data type is 1 to 48 letters, digits, \".\", \"_\" or \"-\" and begins with a letter or digit; rename it"
    if !can(regex(local.data_type_pattern, data_type))
  ]

  # IAM tells names apart by more than their case, and not every service that has the same name does.
  data_types_by_slug = { for data_type, slug in local.slugs : lower(slug) => data_type... }
  shared_slugs = [
    for slug, data_types in local.data_types_by_slug :
    "${local.tfvars}, routes: ${join(" and ", formatlist("\"%s\"", data_types))} would share the name \"${slug}\"; rename one"
    if length(data_types) > 1
  ]

  taken_slugs = [
    for data_type, slug in local.slugs :
    "${local.place[data_type]}: the name ${var.prefix}-${lower(slug)} is one of the platform's own; rename the data type"
    if contains(local.rules_of_the_platform, lower(slug))
  ]

  dead_letter_slugs = [
    for data_type, slug in local.slugs :
    "${local.place[data_type]}: ${var.prefix}-route-${slug} would be named as a dead-letter queue is; let the data type not end in dlq"
    if endswith(lower(slug), "-dlq")
  ]

  too_long_names = [
    for data_type, slug in local.slugs :
    "${local.place[data_type]}: the name ${var.prefix}-route-${slug} has ${length("${var.prefix}-route-${slug}")} characters and AWS allows ${local.longest_name}; shorten the data type"
    if length("${var.prefix}-route-${slug}") > local.longest_name
  ]

  routes_without_target = [
    for data_type, chosen in local.chosen_targets :
    "${local.place[data_type]}: no target; add one block of ${join(", ", local.targets)}"
    if length(chosen) == 0
  ]

  routes_with_several_targets = [
    for data_type, chosen in local.chosen_targets :
    "${local.place[data_type]}: ${length(chosen)} targets (${join(", ", chosen)}); keep one"
    if length(chosen) > 1
  ]

  out_of_limits = flatten([
    for data_type, route in local.all_routes : [
      for name, limit in local.limits :
      "${local.place[data_type]}.${name}: ${route[name]} is not a whole number from ${limit.least} to ${limit.most}"
      if route[name] < limit.least || route[name] > limit.most || floor(route[name]) != route[name]
    ]
  ])

  item_timeouts_out_of_limits = [
    for data_type, route in local.typed_routes :
    "${local.place[data_type]}.item_timeout_seconds: ${route.item_timeout_seconds} is neither 0 nor from 1 to ${route.timeout_minutes * 60}, the seconds of timeout_minutes"
    if route.item_timeout_seconds != 0 && (route.item_timeout_seconds < 1 || route.item_timeout_seconds > route.timeout_minutes * 60)
  ]

  mistakes_of_routes = concat(
    local.misspelled_data_types,
    local.shared_slugs,
    local.taken_slugs,
    local.dead_letter_slugs,
    local.too_long_names,
    local.routes_without_target,
    local.routes_with_several_targets,
    local.out_of_limits,
    local.item_timeouts_out_of_limits,
    local.lambda_mistakes,
    local.container_mistakes,
  )
  route_mistakes = concat(
    [for mistake in local.written_mistakes : mistake.told if mistake.of == "routes"],
    [for mistake in local.mistakes_of_routes : mistake if !anytrue([for place in local.misfit_places : startswith(mistake, place)])],
  )
}
