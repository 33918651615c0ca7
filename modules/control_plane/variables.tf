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

variable "job_store" {
  type = object({
    bucket         = object({ name = string, arn = string })
    jobs_table     = object({ name = string, arn = string })
    progress_table = object({ name = string, arn = string })
    workers_table  = object({ name = string, arn = string })
  })
  nullable = false
}

variable "event_bus" {
  type     = object({ name = string, arn = string })
  nullable = false
}

variable "platform" {
  description = "What functions run on."
  type        = object({ runtime = string, architecture = string, layer_arn = string, parquet_layer_arn = string })
  nullable    = false
}

variable "zips" {
  description = "Function => where its code lies."
  type        = map(object({ bucket = string, key = string, sha256 = string }))
  nullable    = false
}

variable "state_machine" {
  description = "What a job is an execution of, and how many branches its engine map_in_parallel has."
  type        = object({ definition = string, branches = number })
  nullable    = false
}

variable "engines" {
  description = "The engines that jobs may have."
  type        = list(string)
  nullable    = false
}

variable "job_types" {
  description = "Job types that have a next step."
  type        = list(string)
  nullable    = false
}

variable "input_buckets" {
  description = "Buckets besides the job bucket that a job may read its input from."
  type        = list(string)
  nullable    = false
}

variable "input_keys" {
  description = "ARNs of the KMS keys that input buckets are encrypted with."
  type        = list(string)
  nullable    = false
}

variable "lambda_concurrency" {
  description = "How many Lambdas the account runs at once."
  type        = number
  nullable    = false
}

variable "control_concurrency" {
  description = "Lambda places kept for each function that jobs wait for; 0 keeps none."
  type        = number
  nullable    = false
}

variable "network" {
  description = "Where tasks run."
  type        = object({ subnet_ids = list(string), security_group_id = string })
  nullable    = false
}

variable "log_retention_days" {
  type     = number
  nullable = false
}
