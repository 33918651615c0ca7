variable "prefix" {
  description = "What every name of this deployment begins with."
  type        = string
  nullable    = false
}

variable "workers" {
  description = "Data type => route to Lambda and what its worker has."
  type = map(object({
    slug             = string
    lambda           = object({ function = string, memory_mb = number })
    timeout_seconds  = number
    environment      = map(string)
    role             = object({ name = string, arn = string })
    dead_letters_arn = string
  }))
  nullable = false
}

variable "event_bus" {
  type     = object({ arn = string })
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
