# What tfvars say, looked through block by block. Where a value is not of its default's type, the default stands in for
# it, so that all other mistakes are found as well.
locals {
  tfvars             = "terraform/environments/${var.environment}.tfvars"
  routes_written     = try(merge(var.routes), {})
  next_steps_written = try(merge(var.next_steps), {})

  place           = { for data_type in keys(merge(local.routes_written, local.catch_all)) : data_type => "${local.tfvars}, routes[\"${data_type}\"]" }
  next_step_place = { for job_type in keys(local.next_steps_written) : job_type => "${local.tfvars}, next_steps[\"${job_type}\"]" }

  # Of each block: where it stands, what it may set, and which blocks may lie in it.
  outer_blocks = concat(
    [
      for data_type, route in local.routes_written :
      { of = "routes", place = local.place[data_type], value = route, settings = local.route_defaults, targets = local.target_defaults }
    ],
    [
      for job_type, step in local.next_steps_written :
      { of = "next_steps", place = local.next_step_place[job_type], value = step, settings = {}, targets = local.next_step_defaults }
    ],
    [{ of = "quotas", place = "${local.tfvars}, quotas", value = var.quotas, settings = local.quota_defaults, targets = {} }],
  )
  target_blocks = flatten([
    for block in local.outer_blocks : [
      for target, settings in block.targets :
      { of = block.of, place = "${block.place}.${target}", value = block.value[target], settings = settings, targets = {} }
      if try(block.value[target], null) != null
    ]
  ])
  target_places = [for block in local.target_blocks : block.place]
  blocks        = concat(local.outer_blocks, local.target_blocks)

  # Null is as good as nothing, but not where a block of its own name belongs.
  values = concat(
    [
      { of = "routes", place = "${local.tfvars}, routes", value = var.routes, default = {} },
      { of = "next_steps", place = "${local.tfvars}, next_steps", value = var.next_steps, default = {} },
    ],
    [for block in local.blocks : { of = block.of, place = block.place, value = block.value, default = {} }],
    flatten([
      for block in local.blocks : [
        for name, default in block.settings :
        { of = block.of, place = "${block.place}.${name}", value = block.value[name], default = default }
        if try(block.value[name], null) != null
      ]
    ]),
  )

  # The first letter of a value in JSON tells its type.
  types = merge({ for letter in split("", "-0123456789") : letter => "a number" }, {
    "\"" = "a text", "t" = "a truth value", "f" = "a truth value", "[" = "a list", "{" = "a block", "n" = "nothing"
  })
  typed = [
    for each in local.values :
    merge(each, { type = local.types[substr(jsonencode(each.value), 0, 1)], asked = local.types[substr(jsonencode(each.default), 0, 1)] })
  ]
  fitting = { for each in local.typed : each.place => each.value if each.type == each.asked }
  misfits = { for each in local.typed : each.place => each if each.type != each.asked }
  # What is said of these besides would be said of a default.
  misfit_places = flatten([for place in keys(local.misfits) : ["${place}:", "${place}."]])

  cures = {
    "a number"      = "write a number"
    "a text"        = "write a text in quotes"
    "a truth value" = "write true or false"
    "a block"       = "write a block in braces"
  }
  written_mistakes = concat(
    [
      for place, each in local.misfits :
      { of = each.of, told = "${place}: ${jsonencode(each.value)} is ${each.type}; ${local.cures[each.asked]}" }
    ],
    flatten([
      for block in local.blocks : [
        for name in setsubtract(try(keys(block.value), []), keys(merge(block.settings, block.targets))) :
        { of = block.of, told = "${block.place}.${name}: there is no such attribute; allowed are ${join(", ", keys(merge(block.settings, block.targets)))}" }
      ]
    ]),
  )
}
