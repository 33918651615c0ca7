variable "environment" {
  description = "Names the tfvars file in every message."
  type        = string
  nullable    = false
}

variable "prefix" {
  description = "What every name of this deployment begins with."
  type        = string
  nullable    = false
}

variable "zip_folder" {
  description = "Folder with one zip per Lambda function."
  type        = string
  nullable    = false
}

# Terraform drops an attribute a type does not know without a word, so the same map comes twice: as written
# and typed. The typed one says which attributes there are; nothing is listed by hand.
variable "routes_as_written" {
  description = "The routes exactly as in tfvars."
  type        = any
  nullable    = false
}

variable "routes" {
  description = "The routes, data type => target and limits."
  type = map(object({
    lambda = optional(object({
      function  = optional(string, "")
      memory_mb = optional(number, 512)
    }))
    fargate = optional(object({
      image     = optional(string, "")
      cpu       = optional(number, 1024)
      memory_mb = optional(number, 2048)
      spot      = optional(bool, false)
    }))
    batch = optional(object({
      image     = optional(string, "")
      vcpus     = optional(number, 1)
      memory_mb = optional(number, 2048)
    }))
    chunk_size      = optional(number, 100)
    max_concurrency = optional(number, 100)
    timeout_minutes = optional(number, 15)
    max_attempts    = optional(number, 3)
    idempotent      = optional(bool, false)
  }))
  nullable = false
}

variable "next_steps_as_written" {
  description = "The next steps exactly as in tfvars."
  type        = any
  nullable    = false
}

variable "next_steps" {
  description = "The next steps, job type => target."
  type = map(object({
    lambda = optional(object({
      function  = optional(string, "")
      memory_mb = optional(number, 512)
    }))
  }))
  nullable = false
}

variable "quotas_as_written" {
  description = "The quotas exactly as in tfvars."
  type        = any
  nullable    = false
}

# The defaults are AWS's own for an account that has been in use; a new one may have less.
# Source: Service Quotas and the guides of Lambda, ECS and EventBridge, read 2026-11-26.
variable "quotas" {
  description = "What the account may run at a time, and how many rules an event bus may have."
  type = object({
    lambda_concurrency = optional(number, 1000)
    fargate_vcpus      = optional(number, 6)
    fargate_spot_vcpus = optional(number, 6)
    rules_per_bus      = optional(number, 300)
  })
  nullable = false
}
