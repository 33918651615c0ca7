output "definition" {
  description = "In Amazon States Language, with a $${word} for each name that is known only once it is deployed."
  value       = jsonencode(merge(local.frame, { States = local.states }))
}

output "branches" {
  description = "How many branches the engine map_in_parallel has."
  value       = length(local.branches)
}
