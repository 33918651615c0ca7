variable "deployment" {
  description = "Names and numbers of this deployment."
  type        = object({ environment = string, prefix = string, region = string })
  nullable    = false
}

variable "workers" {
  description = "Data type => route to Fargate and what its worker has."
  type = map(object({
    slug        = string
    fargate     = object({ image = string, cpu = number, memory_mb = number, spot = bool })
    environment = map(string)
    role        = object({ arn = string })
  }))
  nullable = false
}

variable "image_repository" {
  type     = object({ references = map(string), cpu_architecture = string, execution_role = object({ arn = string }) })
  nullable = false
}

variable "log_retention_days" {
  type     = number
  nullable = false
}

variable "failure_handler" {
  description = "The function that accounts for lost workers and chunks, and the queue of what it could not be told."
  type        = object({ arn = string, dead_letters_arn = string })
  nullable    = false
}

variable "starter" {
  description = "The function that starts tasks."
  type        = object({ arn = string })
  nullable    = false
}
