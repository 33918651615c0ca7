locals {
  prefix     = "rollcall-${var.environment}"
  tfvars     = "terraform/environments/${var.environment}.tfvars"
  zip_folder = "${var.build_folder}/lambda"

  # Account and partition come out of a resource's ARN: asking AWS for them would need credentials to plan.
  bus_arn = split(":", module.event_bus.arn)
  deployment = {
    environment = var.environment
    prefix      = local.prefix
    partition   = local.bus_arn[1]
    region      = var.region
    account_id  = local.bus_arn[4]
  }

  # The contract with Batch's containers: a worker request's fields, as arguments in this order.
  worker_fields = ["version", "data_type", "slot", "worker", "attempt"]

  known_engines = [for file in fileset("../asl/engines", "*.asl.json") : trimsuffix(file, ".asl.json")]
  # These two reach workers by events; the rules of routes let such events through only where there is one of them.
  pushes_chunks = length(setintersection(var.engines, ["callback", "events_per_item"])) > 0

  routes = module.route_schema.routes
  images = toset([for route in local.routes : coalesce(route.fargate, route.batch).image if route.target != "lambda"])

  workers = {
    for target in ["lambda", "fargate", "batch"] : target => {
      for data_type, route in local.routes : data_type => merge(route, module.worker[data_type]) if route.target == target
    }
  }

  # Each compute module returns the same shape, so from here on a route is a route.
  targets = merge(module.compute_lambda.targets, module.compute_fargate.targets, module.compute_batch.targets)
}
