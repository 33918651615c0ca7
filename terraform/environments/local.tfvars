# The embedded cloud on this machine. An image only has to be named here: its command runs as a process.
environment    = "local"
region         = "us-east-1"
retention_days = 7
protect_data   = false

engines = [
  "events", "map", "map_in_map", "map_in_parallel", "callback", "distributed_map", "chunked",
  "events_per_item", # unsafe; here to be measured
]

routes = {
  "equity" = {
    lambda          = { function = "value_equity", memory_mb = 512 }
    chunk_size      = 50
    max_concurrency = 4
  }
  "option.european" = {
    lambda          = { function = "value_european", memory_mb = 512 }
    chunk_size      = 50
    max_concurrency = 4
  }
  "option.american" = {
    fargate         = { image = "rollcall-worker:1.2.0", cpu = 1024, memory_mb = 2048, spot = true }
    chunk_size      = 5
    max_concurrency = 2
    timeout_minutes = 30
  }
  "scenario" = {
    batch           = { image = "rollcall-worker:1.2.0", vcpus = 1, memory_mb = 2048 }
    chunk_size      = 5
    max_concurrency = 2
  }
  # Not of the book: items that sleep, fail or kill their worker, as each says, to try the platform with.
  "probe" = {
    lambda          = { function = "run_probe", memory_mb = 256 }
    chunk_size      = 10
    max_concurrency = 8
    timeout_minutes = 2
  }
  # The published demo: each item takes five seconds.
  "published" = {
    lambda          = { function = "sleep_five_seconds", memory_mb = 256 }
    chunk_size      = 1
    max_concurrency = 20
  }
}

next_steps = {
  "valuation" = { lambda = { function = "summarise_book", memory_mb = 512 } }
  "published" = { lambda = { function = "print_summary", memory_mb = 256 } }
}

readings = {
  "published" = { data_type = "published" }
}
