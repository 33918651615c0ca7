environment        = "prod"
region             = "eu-west-1"
retention_days     = 90
log_retention_days = 365
protect_data       = true

# Not what a new account has: ask for it in Service Quotas first.
quotas = { fargate_vcpus = 200 }

routes = {
  "equity" = {
    lambda          = { function = "value_equity", memory_mb = 512 }
    chunk_size      = 500
    max_concurrency = 400
  }
  "option.european" = {
    lambda          = { function = "value_european", memory_mb = 512 }
    chunk_size      = 500
    max_concurrency = 400
  }
  "option.american" = {
    fargate         = { image = "rollcall-worker:1.2.0", cpu = 1024, memory_mb = 2048, spot = false }
    chunk_size      = 50
    max_concurrency = 100
    timeout_minutes = 30
  }
  "scenario" = {
    batch           = { image = "rollcall-worker:1.2.0", vcpus = 1, memory_mb = 2048 }
    chunk_size      = 50
    max_concurrency = 100
    timeout_minutes = 60
  }
}

next_steps = {
  "valuation" = { lambda = { function = "summarise_book", memory_mb = 1024 } }
}
