output "state_machine_arn" {
  description = "What a job is an execution of."
  value       = module.control_plane.state_machine_arn
}

output "bucket" {
  description = "Where inputs, results and receipts lie."
  value       = module.job_store.bucket.name
}

output "bus" {
  description = "Where workers are asked for."
  value       = module.event_bus.name
}

output "routes" {
  description = "Data type => target, the catch-all included."
  value       = { for data_type, route in local.routes : data_type => route.target }
}
