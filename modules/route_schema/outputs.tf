# Everything else is made from these outputs, so a mistake stops the plan here, before any other message.
output "routes" {
  description = "Data type => route with every default filled in, the catch-all \"*\" included."
  value       = local.routes

  precondition {
    condition     = length(local.route_mistakes) == 0
    error_message = "The routes need a change:\n  - ${join("\n  - ", local.route_mistakes)}"
  }
}

output "next_steps" {
  description = "Job type => Lambda that runs when the barrier of such a job has opened."
  value       = { for job_type, step in local.next_steps : job_type => step.lambda }

  precondition {
    condition     = length(local.next_step_mistakes) == 0
    error_message = "The next steps need a change:\n  - ${join("\n  - ", local.next_step_mistakes)}"
  }
}

output "quotas" {
  description = "What the account may run, with every default filled in."
  value       = local.quotas

  precondition {
    condition     = length(local.quota_mistakes) == 0
    error_message = "The routes do not fit into the account:\n  - ${join("\n  - ", local.quota_mistakes)}"
  }
}
