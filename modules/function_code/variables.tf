variable "zip_folder" {
  description = "Folder with one zip per Lambda function."
  type        = string
  nullable    = false
}

variable "bucket" {
  type     = object({ name = string })
  nullable = false
}
