routes = {
  "probe" = {
    lambda               = { function = "run_probe", memory_mb = 256 }
    chunk_size           = 10
    item_timeout_seconds = 10
    max_concurrency      = 4
    timeout_minutes      = 1
  }
  "probe.fargate" = {
    fargate              = { image = "rollcall-worker:1.0.0", cpu = 256, memory_mb = 512 }
    chunk_size           = 10
    item_timeout_seconds = 10
    max_concurrency      = 2
    timeout_minutes      = 1
  }
  "probe.batch" = {
    batch                = { image = "rollcall-worker:1.0.0", vcpus = 0.25, memory_mb = 512 }
    chunk_size           = 10
    item_timeout_seconds = 10
    max_concurrency      = 2
    timeout_minutes      = 1
  }
}
