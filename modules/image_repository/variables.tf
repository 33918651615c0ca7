variable "prefix" {
  description = "What every name of this deployment begins with."
  type        = string
  nullable    = false
}

variable "images" {
  description = "Images as written in the routes, such as rollcall-worker:1.0.0."
  type        = set(string)
  nullable    = false
}
