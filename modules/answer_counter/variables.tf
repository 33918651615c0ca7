variable "deployment" {
  description = "Names and numbers of this deployment."
  type        = object({ prefix = string, partition = string, region = string, account_id = string })
  nullable    = false
}

variable "event_bus" {
  type     = object({ name = string })
  nullable = false
}

variable "job_store" {
  type     = object({ jobs_table = object({ arn = string }) })
  nullable = false
}

variable "dead_letters_arn" {
  description = "The queue of answers that could not be counted."
  type        = string
  nullable    = false
}

variable "asl_file" {
  description = "The counting state machine in Amazon States Language."
  type        = string
  nullable    = false
}
