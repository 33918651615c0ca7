variable "deployment" {
  description = "Names and numbers of this deployment."
  type        = object({ prefix = string, account_id = string })
  nullable    = false
}

variable "retention_days" {
  description = "How long inputs, manifests, results and receipts are kept."
  type        = number
  nullable    = false
}

variable "protect_data" {
  description = "Refuse to delete the tables and a bucket that holds objects."
  type        = bool
  nullable    = false
}
