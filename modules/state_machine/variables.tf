variable "asl_folder" {
  description = "Where the state machines lie, in Amazon States Language."
  type        = string
  nullable    = false
}

variable "engines" {
  description = "The engines that jobs may have."
  type        = list(string)
  nullable    = false
}
