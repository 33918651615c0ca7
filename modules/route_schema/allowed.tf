# What AWS and Rollcall allow, as data; the files beside this one only compare with it.
locals {
  # Every attribute there is, with what holds where tfvars say nothing. A value is of its default's type.
  route_defaults = {
    chunk_size      = 100
    max_concurrency = 100
    timeout_minutes = 15
    max_attempts    = 3
    # How long an item may take; 0 lets it take as long as its worker has.
    item_timeout_seconds = 0
    idempotent           = false
  }
  target_defaults = {
    lambda  = { function = "", memory_mb = 512 }
    fargate = { image = "", cpu = 1024, memory_mb = 2048, spot = false }
    batch   = { image = "", vcpus = 1, memory_mb = 2048 }
  }
  next_step_defaults = { lambda = local.target_defaults.lambda }

  # AWS's own for an account that has been in use; a new one may have less.
  # Source: Service Quotas and the guides of Lambda, ECS and EventBridge, read 2026-11-26.
  quota_defaults = {
    lambda_concurrency = 1000
    fargate_vcpus      = 6
    fargate_spot_vcpus = 6
    rules_per_bus      = 300
  }

  targets = ["lambda", "fargate", "batch"]

  data_type_pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,47}$"
  job_type_pattern  = "^[A-Za-z0-9][A-Za-z0-9_-]*$"

  # On the bus, where the rule of a route is named by its slug alone.
  rules_of_the_platform = ["chunk-settled", "count-answer", "merges"]

  # The shortest limit AWS sets on the names made from a slug (Lambda function, EventBridge rule, IAM role).
  longest_name = 64

  limits = {
    chunk_size      = { least = 1, most = 10000 }
    max_concurrency = { least = 1, most = 10000 }
    # What fails ten times fails for a reason that an eleventh time will not change.
    max_attempts = { least = 1, most = 10 }
    # A queue hides a message for twelve hours at most, however often a worker asks for more.
    timeout_minutes = { least = 1, most = 719 }
  }

  lambda_memory_mb       = { least = 128, most = 10240 }
  lambda_timeout_minutes = 15

  # CPU units => MiB. Source: Amazon ECS developer guide, "Task size" on Fargate. Batch has the same sizes.
  fargate_memory_mb = {
    "256"   = [512, 1024, 2048]
    "512"   = range(1024, 4097, 1024)
    "1024"  = range(2048, 8193, 1024)
    "2048"  = range(4096, 16385, 1024)
    "4096"  = range(8192, 30721, 1024)
    "8192"  = range(16384, 61441, 4096)
    "16384" = range(32768, 122881, 8192)
  }
  fargate_cpu = sort([for cpu in keys(local.fargate_memory_mb) : format("%5d", cpu)])

  zips = [for name in fileset(var.zip_folder, "*.zip") : trimsuffix(name, ".zip")]
}
