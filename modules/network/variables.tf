variable "prefix" {
  description = "What every name of this deployment begins with."
  type        = string
  nullable    = false
}

variable "region" {
  type     = string
  nullable = false
}

variable "zones" {
  description = "Letters of the availability zones, one subnet each."
  type        = list(string)
  nullable    = false
}
