# The job's state machine, put together: asl/job.asl.json is the frame, asl/engines/<engine>.asl.json holds the states of
# an engine. Each file is a whole state machine by itself; what an engine's file has of the frame only stands for it, so
# the frame's own states win. Plain data without a provider: AWS, lint and tests all get the definition from here.
locals {
  frame   = jsondecode(file("${var.asl_folder}/job.asl.json"))
  engines = { for name in var.engines : name => jsondecode(file("${var.asl_folder}/engines/${name}.asl.json")) }

  which_engine = merge(local.frame.States.WhichEngine, {
    Choices = concat(
      local.frame.States.WhichEngine.Choices,
      [for name, engine in local.engines : { Variable = "$.engine", StringEquals = name, Next = engine.StartAt }],
    )
  })

  states = merge(concat(
    [for engine in local.engines : engine.States],
    [local.frame.States, { WhichEngine = local.which_engine }],
  )...)

  # Counted in the file, for partitioning deals the units of every such job to them.
  branches = jsondecode(file("${var.asl_folder}/engines/map_in_parallel.asl.json")).States.ParallelBranches.Branches
}
