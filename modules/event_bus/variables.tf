variable "prefix" {
  description = "What every name of this deployment begins with."
  type        = string
  nullable    = false
}

variable "retention_days" {
  description = "How long events can be replayed from the archive."
  type        = number
  nullable    = false
}
