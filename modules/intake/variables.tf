variable "environment" {
  description = "Names the tfvars file in every message."
  type        = string
  nullable    = false
}

variable "job_types" {
  description = "Job types that have a next step."
  type        = list(string)
  nullable    = false
}

variable "schemas_folder" {
  description = "Folder with one JSON Schema per data type that has one."
  type        = string
  nullable    = false
}

variable "readings" {
  description = "Job type => how its inputs are read."
  type        = any
  nullable    = false
}

variable "bucket" {
  type     = object({ name = string })
  nullable = false
}
