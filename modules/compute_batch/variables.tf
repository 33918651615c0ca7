variable "deployment" {
  description = "Names and numbers of this deployment."
  type = object({
    environment = string
    prefix      = string
    partition   = string
    region      = string
    account_id  = string
  })
  nullable = false
}

variable "workers" {
  description = "Data type => route to Batch and what its worker has."
  type = map(object({
    slug            = string
    batch           = object({ image = string, vcpus = number, memory_mb = number })
    timeout_seconds = number
    environment     = map(string)
    role            = object({ arn = string })
  }))
  nullable = false
}

variable "image_repository" {
  type     = object({ references = map(string), cpu_architecture = string, execution_role = object({ arn = string }) })
  nullable = false
}

variable "worker_fields" {
  description = "Fields of a worker request, handed to the container as arguments in this order."
  type        = list(string)
  nullable    = false
}

variable "network" {
  type     = object({ subnet_ids = list(string), security_group_id = string })
  nullable = false
}

variable "max_vcpus" {
  description = "How many vCPUs the account may run on Fargate."
  type        = number
  nullable    = false
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
