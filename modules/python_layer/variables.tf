variable "prefix" {
  description = "What every name of this deployment begins with."
  type        = string
  nullable    = false
}

variable "zip" {
  description = "The layer's zip: third-party packages below python/."
  type        = string
  nullable    = false
}

variable "parquet_zip" {
  description = "The zip of the layer that reads Parquet."
  type        = string
  nullable    = false
}
