locals {
  next_step_place = { for job_type in keys(var.next_steps) : job_type => "${local.tfvars}, next_steps[\"${job_type}\"]" }

  job_types_by_name = { for job_type in keys(var.next_steps) : lower(job_type) => job_type... }

  next_step_mistakes = concat(
    [
      for name, job_types in local.job_types_by_name :
      "${local.tfvars}, next_steps: ${join(" and ", formatlist("\"%s\"", job_types))} would share the name \"${name}\"; rename one"
      if length(job_types) > 1
    ],
    [
      for job_type in keys(var.next_steps) :
      "${local.next_step_place[job_type]}: a job type is letters, digits, \"_\" or \"-\" and begins with a letter or digit; rename it"
      if !can(regex(local.job_type_pattern, job_type))
    ],
    [
      for job_type in keys(var.next_steps) :
      "${local.next_step_place[job_type]}: the name ${var.prefix}-next-${job_type} has ${length("${var.prefix}-next-${job_type}")} characters and AWS allows ${local.longest_name}; shorten the job type"
      if length("${var.prefix}-next-${job_type}") > local.longest_name
    ],
    flatten([
      for job_type, step in var.next_steps_as_written : [
        for name in setsubtract(keys(step), keys(var.next_steps[job_type])) :
        "${local.next_step_place[job_type]}.${name}: there is no such attribute; allowed are ${join(", ", keys(var.next_steps[job_type]))}"
      ]
    ]),
    flatten([
      for job_type, step in var.next_steps_as_written : [
        for name in setsubtract(try(keys(step.lambda), []), try(keys(var.next_steps[job_type].lambda), [])) :
        "${local.next_step_place[job_type]}.lambda.${name}: there is no such attribute; allowed are ${join(", ", keys(var.next_steps[job_type].lambda))}"
      ]
    ]),
    [
      for job_type, step in var.next_steps :
      "${local.next_step_place[job_type]}: no target; add a lambda block"
      if step.lambda == null
    ],
    [
      for job_type, step in var.next_steps :
      "${local.next_step_place[job_type]}.lambda.function: \"${step.lambda.function}\" has no zip; ${local.existing_zips}"
      if step.lambda == null ? false : !contains(local.zips, step.lambda.function)
    ],
    [
      for job_type, step in var.next_steps :
      "${local.next_step_place[job_type]}.lambda.memory_mb: ${step.lambda.memory_mb} is not a whole number from ${local.lambda_memory_mb.least} to ${local.lambda_memory_mb.most}"
      if step.lambda == null ? false : step.lambda.memory_mb < local.lambda_memory_mb.least || step.lambda.memory_mb > local.lambda_memory_mb.most || floor(step.lambda.memory_mb) != step.lambda.memory_mb
    ],
  )
}
