variable "deployment" {
  description = "Names and numbers of this deployment."
  type        = object({ environment = string, prefix = string, account_id = string })
  nullable    = false
}

variable "job_type" {
  type     = string
  nullable = false
}

variable "lambda" {
  type     = object({ function = string, memory_mb = number })
  nullable = false
}

variable "bucket" {
  type     = object({ name = string, arn = string })
  nullable = false
}

variable "platform" {
  description = "What functions run on."
  type        = object({ runtime = string, architecture = string, layer_arn = string })
  nullable    = false
}

variable "zips" {
  description = "Function => where its code lies."
  type        = map(object({ bucket = string, key = string, sha256 = string }))
  nullable    = false
}

variable "log_retention_days" {
  type     = number
  nullable = false
}
