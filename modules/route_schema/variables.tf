variable "environment" {
  description = "Names the tfvars file in every message."
  type        = string
  nullable    = false
}

variable "prefix" {
  description = "What every name of this deployment begins with."
  type        = string
  nullable    = false
}

variable "zip_folder" {
  description = "Folder with one zip per Lambda function."
  type        = string
  nullable    = false
}

# Untyped on purpose: Terraform would name neither the route nor the attribute of a value of a wrong type, and drop a
# misspelled attribute without a word.
variable "routes" {
  description = "The routes as in tfvars, data type => target and limits."
  type        = any
  nullable    = false
}

variable "next_steps" {
  description = "The next steps as in tfvars, job type => target."
  type        = any
  nullable    = false
}

variable "quotas" {
  description = "What the account may run at a time, and how many rules an event bus may have, where that is not the default."
  type        = any
  nullable    = false
}

variable "control_concurrency" {
  description = "Lambda places kept for each function that jobs wait for; 0 keeps none."
  type        = number
  nullable    = false
}
