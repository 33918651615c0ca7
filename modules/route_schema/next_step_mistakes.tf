locals {
  next_steps = {
    for job_type in keys(local.next_steps_written) : job_type => {
      lambda = contains(local.target_places, "${local.next_step_place[job_type]}.lambda") ? {
        for name, default in local.next_step_defaults.lambda : name => try(local.fitting["${local.next_step_place[job_type]}.lambda.${name}"], default)
      } : null
    }
  }

  job_types_by_name = { for job_type in keys(local.next_steps) : lower(job_type) => job_type... }

  mistakes_of_next_steps = concat(
    [
      for name, job_types in local.job_types_by_name :
      "${local.tfvars}, next_steps: ${join(" and ", formatlist("\"%s\"", job_types))} would share the name \"${name}\"; rename one"
      if length(job_types) > 1
    ],
    [
      for job_type in keys(local.next_steps) :
      "${local.next_step_place[job_type]}: a job type is letters, digits, \"_\" or \"-\" and begins with a letter or digit; rename it"
      if !can(regex(local.job_type_pattern, job_type))
    ],
    [
      for job_type in keys(local.next_steps) :
      "${local.next_step_place[job_type]}: the name ${var.prefix}-next-${job_type} has ${length("${var.prefix}-next-${job_type}")} characters and AWS allows ${local.longest_name}; shorten the job type"
      if length("${var.prefix}-next-${job_type}") > local.longest_name
    ],
    [
      for job_type, step in local.next_steps :
      "${local.next_step_place[job_type]}: no target; add a lambda block"
      if step.lambda == null
    ],
    [
      for job_type, step in local.next_steps :
      "${local.next_step_place[job_type]}.lambda.function: \"${step.lambda.function}\" has no zip; ${local.existing_zips}"
      if step.lambda == null ? false : !contains(local.zips, step.lambda.function)
    ],
    [
      for job_type, step in local.next_steps :
      "${local.next_step_place[job_type]}.lambda.memory_mb: ${step.lambda.memory_mb} is not a whole number from ${local.lambda_memory_mb.least} to ${local.lambda_memory_mb.most}"
      if step.lambda == null ? false : step.lambda.memory_mb < local.lambda_memory_mb.least || step.lambda.memory_mb > local.lambda_memory_mb.most || floor(step.lambda.memory_mb) != step.lambda.memory_mb
    ],
  )
  next_step_mistakes = concat(
    [for mistake in local.written_mistakes : mistake.told if mistake.of == "next_steps"],
    [for mistake in local.mistakes_of_next_steps : mistake if !anytrue([for place in local.misfit_places : startswith(mistake, place)])],
  )
}
