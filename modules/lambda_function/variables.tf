variable "name" {
  description = "What the function is called, and its role where it has one of its own."
  type        = string
  nullable    = false
}

variable "account_id" {
  description = "For which account alone Lambda takes the function's own role; not needed with `role`."
  type        = string
  default     = null
}

variable "code" {
  description = "The folder of lambda_src that it runs, which names its zip too."
  type        = string
  nullable    = false
}

variable "zips" {
  description = "Function => where its code lies."
  type        = map(object({ bucket = string, key = string, sha256 = string }))
  nullable    = false
}

variable "platform" {
  description = "What functions run on."
  type        = object({ runtime = string, architecture = string, layer_arn = string })
  nullable    = false
}

variable "further_layers" {
  description = "ARNs of layers besides the one that all functions have."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "memory_mb" {
  type     = number
  nullable = false
}

variable "timeout_seconds" {
  type     = number
  nullable = false
}

variable "reserved_concurrency" {
  description = "Places that nobody else can take, which are also the most it has; -1 keeps none."
  type        = number
  default     = -1
  nullable    = false
}

variable "environment" {
  description = "The variables it is told."
  type        = map(string)
  nullable    = false
}

variable "role" {
  description = "A role that is there already; without it the function gets one of its own."
  type        = object({ name = string, arn = string })
  default     = null
}

# Untyped, for some statements have a condition and others have none.
variable "statements" {
  description = "What its role may do besides writing its log and sending dead letters."
  type        = any
  default     = []
  nullable    = false
}

variable "log_retention_days" {
  type     = number
  nullable = false
}

variable "rules" {
  description = "Statement id => ARN of the rules that may call it."
  type        = map(string)
  default     = {}
  nullable    = false
}

variable "asynchronous" {
  description = "Of a function that is called without waiting: how often and how long a call is tried again, and the queue for one that failed."
  type        = object({ retries = number, age_seconds = number, dead_letters_arn = string })
  default     = null
}

variable "queue" {
  description = "The queue it reads."
  type        = object({ arn = string, batch_size = number, window_seconds = optional(number), max_concurrency = number })
  default     = null
}
