  "probe.single" = {
    lambda          = { function = "run_probe", memory_mb = 256 }
    chunk_size      = 1
    max_concurrency = 8
    timeout_minutes = 2
  }
  "probe.once" = {
    lambda          = { function = "run_probe", memory_mb = 256 }
    chunk_size      = 1
    max_concurrency = 2
    timeout_minutes = 2
    idempotent      = true
  }
  "probe.task" = {
    fargate         = { image = "rollcall-worker:1.2.0", cpu = 256, memory_mb = 512, spot = true }
    chunk_size      = 1
    max_concurrency = 2
    timeout_minutes = 2
  }
  "probe.job" = {
    batch           = { image = "rollcall-worker:1.2.0", vcpus = 0.25, memory_mb = 512 }
    chunk_size      = 1
    max_concurrency = 2
    timeout_minutes = 2
  }
  "probe.short" = {
    lambda          = { function = "run_probe", memory_mb = 256 }
    chunk_size      = 1
    max_concurrency = 2
    timeout_minutes = 1
    max_attempts    = 1
  }
  "probe.dropped" = {
    lambda          = { function = "run_probe", memory_mb = 256 }
    chunk_size      = 1
    max_concurrency = 2
    timeout_minutes = 2
  }
  "probe.many" = {
    lambda               = { function = "run_probe", memory_mb = 256 }
    chunk_size           = 500
    max_concurrency      = 2
    timeout_minutes      = 2
    item_timeout_seconds = 2
  }
  "probe.many.task" = {
    fargate              = { image = "rollcall-worker:1.2.0", cpu = 256, memory_mb = 512 }
    chunk_size           = 500
    max_concurrency      = 2
    timeout_minutes      = 2
    item_timeout_seconds = 2
  }
  "probe.many.job" = {
    batch                = { image = "rollcall-worker:1.2.0", vcpus = 0.25, memory_mb = 512 }
    chunk_size           = 500
    max_concurrency      = 2
    timeout_minutes      = 2
    item_timeout_seconds = 2
  }
