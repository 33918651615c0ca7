variable "deployment" {
  description = "Names and numbers of this deployment."
  type = object({
    environment = string
    prefix      = string
    partition   = string
    region      = string
    account_id  = string
  })
  nullable = false
}

variable "images" {
  description = "Images as written in the routes, such as rollcall-worker:1.2.0."
  type        = set(string)
  nullable    = false
}

variable "protect_data" {
  description = "Refuse to delete a repository that holds images."
  type        = bool
  nullable    = false
}
