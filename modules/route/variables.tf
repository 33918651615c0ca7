variable "deployment" {
  description = "Names and numbers of this deployment."
  type        = object({ environment = string, prefix = string })
  nullable    = false
}

variable "route" {
  type = object({
    data_type       = string
    slug            = string
    target          = string
    chunk_size      = number
    max_concurrency = number
    timeout_seconds = number
    max_attempts    = number
    idempotent      = bool
  })
  nullable = false
}

variable "worker" {
  description = "Where chunks wait, where undeliverable requests go, and who works on them."
  type        = object({ queue_url = string, dead_letters_arn = string, role = object({ unique_id = string }) })
  nullable    = false
}

variable "event_bus" {
  type     = object({ name = string })
  nullable = false
}

# Every compute module hands out this shape, so nothing here asks what a route runs on.
variable "target" {
  description = "What the rule starts, which code that is, and how the event is put to it."
  type = object({
    arn            = string
    code           = string
    role_arn       = optional(string)
    input_paths    = optional(map(string), {})
    input_template = optional(string)
    batch = optional(object({
      job_definition_arn = string
      job_name           = string
    }))
  })
  nullable = false
}

variable "pushes_chunks" {
  description = "Whether single chunks may be pushed to Lambda workers by events."
  type        = bool
  nullable    = false
}
