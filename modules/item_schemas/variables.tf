variable "folder" {
  description = "Folder with one JSON Schema per data type that has one."
  type        = string
  nullable    = false
}

variable "bucket" {
  type     = object({ name = string })
  nullable = false
}
