output "readings" {
  description = "Job types whose inputs have a reading."
  value       = keys(var.readings)

  precondition {
    condition     = length(local.unknown_readings) + length(local.reading_mistakes) == 0
    error_message = "The readings need a change:\n  - ${join("\n  - ", concat(local.unknown_readings, local.reading_mistakes))}"
  }
}
