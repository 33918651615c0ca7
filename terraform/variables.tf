variable "environment" {
  description = "Names the workspace, the tfvars file and every resource."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9]{0,11}$", var.environment))
    error_message = "terraform/environments/${var.environment}.tfvars, environment: use 1 to 12 lower-case letters and digits, beginning with a letter."
  }

  # Settings of one environment planned in the workspace of another would rebuild that other one.
  validation {
    condition     = var.environment == terraform.workspace
    error_message = "terraform/environments/${var.environment}.tfvars, environment: these settings are of \"${var.environment}\" and the workspace is \"${terraform.workspace}\"; run `make plan ENV=${var.environment}`, which selects the right one."
  }
}

# Those below are untyped on purpose, with a validation each: of a value of a wrong type Terraform itself would name
# neither the setting's place nor the cure.
variable "region" {
  type     = any
  nullable = false

  validation {
    condition     = can(regex("^[a-z]+(-[a-z]+)+-[0-9]+$", var.region))
    error_message = "${local.tfvars}, region: ${jsonencode(var.region)} is no region; write one as AWS does, such as \"eu-west-1\"."
  }
}

variable "availability_zones" {
  description = "Letters of the zones that containers run in; some accounts and regions lack one."
  type        = any
  default     = ["a", "b"]
  nullable    = false

  validation {
    condition     = can([for each in tolist(var.availability_zones) : regex("", each)])
    error_message = "${local.tfvars}, availability_zones: ${jsonencode(var.availability_zones)} is no list of texts; write one, such as [\"a\", \"b\"]."
  }
}

# Untyped on purpose: the module route_schema types them and names every mistake.
variable "routes" {
  description = "Data type => target and limits, such as \"equity\" = { lambda = { function = \"value_equity\" } }."
  type        = any
  nullable    = false
}

variable "next_steps" {
  description = "Job type => what runs when the barrier has opened, such as \"valuation\" = { lambda = { function = \"summarise_book\" } }."
  type        = any
  default     = {}
  nullable    = false
}

# Untyped for the same reason: a misspelled name would be dropped without a word.
variable "readings" {
  description = "Job type => how its inputs are read where a submit does not say, such as \"valuation\" = { id = \"account_no\", rename = { spot = \"price\" } }."
  type        = any
  default     = {}
  nullable    = false
}

# Untyped for the same reason.
variable "quotas" {
  description = "What the account may run where that is not AWS's default (lambda_concurrency 1000, fargate_vcpus 6, fargate_spot_vcpus 6, rules_per_bus 300); of an account with other uses, the share of this environment."
  type        = any
  default     = {}
  nullable    = false
}

variable "control_concurrency" {
  description = "Lambda places kept for each function that jobs wait for, which are also the most it has; with 0 they share what the routes leave, which is enough unless others fill the account."
  type        = any
  default     = 0
  nullable    = false

  validation {
    condition     = can(tonumber(var.control_concurrency))
    error_message = "${local.tfvars}, control_concurrency: ${jsonencode(var.control_concurrency)} is no number; write one, such as 20."
  }
}

variable "engines" {
  description = "What a job may name as its engine; asl/engines tells of each. Without events there is no Rollcall."
  type        = any
  default     = ["events"]
  nullable    = false

  validation {
    condition     = try(contains(var.engines, "events") && length(setsubtract(var.engines, local.known_engines)) == 0, false)
    error_message = "${local.tfvars}, engines: list events, and of the others those you want: ${join(", ", local.known_engines)}."
  }
}

variable "input_buckets" {
  description = "Buckets besides the job bucket that jobs may read their input from."
  type        = any
  default     = []
  nullable    = false

  validation {
    condition     = can([for each in tolist(var.input_buckets) : regex("", each)])
    error_message = "${local.tfvars}, input_buckets: ${jsonencode(var.input_buckets)} is no list of texts; write one, such as [\"books\"]."
  }
}

variable "input_keys" {
  description = "ARNs of the KMS keys that input_buckets are encrypted with; the policy of a key of another account must allow it too."
  type        = any
  default     = []
  nullable    = false

  validation {
    condition     = can([for key in tolist(var.input_keys) : regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", key)])
    error_message = "${local.tfvars}, input_keys: give a list with the ARN of each key (arn:aws:kms:<region>:<account>:key/<id>), not its id or alias, by which a policy cannot name it."
  }
}

variable "retention_days" {
  description = "How long inputs, results and receipts are kept."
  type        = any
  default     = 30
  nullable    = false

  validation {
    condition     = can(tonumber(var.retention_days))
    error_message = "${local.tfvars}, retention_days: ${jsonencode(var.retention_days)} is no number; write one, such as 30."
  }
}

variable "log_retention_days" {
  type     = any
  default  = 30
  nullable = false

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "${local.tfvars}, log_retention_days: CloudWatch keeps logs for 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days; choose one of these."
  }
}

variable "protect_data" {
  description = "Refuse to destroy tables and a bucket that holds objects."
  type        = any
  default     = true
  nullable    = false

  validation {
    condition     = can(tobool(var.protect_data))
    error_message = "${local.tfvars}, protect_data: ${jsonencode(var.protect_data)} is neither true nor false; write one of these."
  }
}

variable "build_folder" {
  description = "Where `make build` put the zips and the layer."
  type        = string
  default     = "../build"
  nullable    = false
}
