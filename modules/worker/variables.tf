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

variable "route" {
  description = "The route this worker serves."
  type = object({
    slug                 = string
    target               = string
    timeout_seconds      = number
    max_concurrency      = number
    max_attempts         = number
    item_timeout_seconds = number
    data_type            = string
    idempotent           = bool
  })
  nullable = false
}

variable "job_store" {
  type = object({
    bucket            = object({ name = string, arn = string })
    jobs_table        = object({ name = string, arn = string })
    workers_table     = object({ name = string, arn = string })
    idempotency_table = object({ name = string, arn = string })
  })
  nullable = false
}

variable "event_bus" {
  type     = object({ name = string, arn = string })
  nullable = false
}

variable "settlements_queue" {
  type     = object({ url = string, arn = string })
  nullable = false
}

variable "input_buckets" {
  type     = list(string)
  nullable = false
}

variable "input_keys" {
  description = "ARNs of the KMS keys that input buckets are encrypted with."
  type        = list(string)
  nullable    = false
}

variable "engines" {
  description = "The engines that jobs may have."
  type        = list(string)
  nullable    = false
}

variable "failure_handler" {
  description = "The function that accounts for lost workers and chunks."
  type        = object({ arn = string })
  nullable    = false
}
