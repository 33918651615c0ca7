# What there is, in the order a job meets it. Terraform itself goes by what each module is handed; there is no
# circle because a route's queue (module worker) needs neither its compute nor its rule.

module "route_schema" {
  source              = "../modules/route_schema"
  environment         = var.environment
  prefix              = local.prefix
  zip_folder          = local.zip_folder
  routes              = var.routes
  next_steps          = var.next_steps
  quotas              = var.quotas
  control_concurrency = var.control_concurrency
}

module "job_store" {
  source         = "../modules/job_store"
  deployment     = local.deployment
  retention_days = var.retention_days
  protect_data   = var.protect_data
}

module "function_code" {
  source     = "../modules/function_code"
  zip_folder = local.zip_folder
  bucket     = module.job_store.bucket
}

module "intake" {
  source         = "../modules/intake"
  environment    = var.environment
  schemas_folder = "${var.build_folder}/schemas"
  job_types      = keys(module.route_schema.next_steps)
  readings       = var.readings
  bucket         = module.job_store.bucket
}

module "python_layer" {
  source      = "../modules/python_layer"
  prefix      = local.prefix
  zip         = "${var.build_folder}/layer/rollcall-layer.zip"
  parquet_zip = "${var.build_folder}/layer/rollcall-parquet.zip"
}

module "state_machine" {
  source     = "../modules/state_machine"
  asl_folder = "../asl"
  engines    = var.engines
}

module "control_plane" {
  source              = "../modules/control_plane"
  deployment          = local.deployment
  job_store           = module.job_store
  event_bus           = module.event_bus
  platform            = module.python_layer.platform
  zips                = module.function_code.zips
  state_machine       = module.state_machine
  engines             = var.engines
  job_types           = keys(module.route_schema.next_steps)
  input_buckets       = var.input_buckets
  input_keys          = var.input_keys
  lambda_concurrency  = module.route_schema.quotas.lambda_concurrency
  control_concurrency = var.control_concurrency
  network             = module.network
  log_retention_days  = var.log_retention_days
}

module "event_bus" {
  source         = "../modules/event_bus"
  prefix         = local.prefix
  retention_days = var.retention_days
}

module "route" {
  source     = "../modules/route"
  for_each   = local.routes
  deployment = local.deployment
  route      = each.value
  worker     = module.worker[each.key]
  event_bus  = module.event_bus
  target     = local.targets[each.key]

  pushes_chunks = local.pushes_chunks
}

module "compute_lambda" {
  source             = "../modules/compute_lambda"
  prefix             = local.prefix
  workers            = local.workers.lambda
  event_bus          = module.event_bus
  platform           = module.python_layer.platform
  zips               = module.function_code.zips
  log_retention_days = var.log_retention_days
}

module "compute_fargate" {
  source             = "../modules/compute_fargate"
  failure_handler    = module.control_plane.failure_handler
  starter            = module.control_plane.starter
  deployment         = local.deployment
  workers            = local.workers.fargate
  image_repository   = module.image_repository
  log_retention_days = var.log_retention_days
}

module "compute_batch" {
  source             = "../modules/compute_batch"
  max_vcpus          = module.route_schema.quotas.fargate_vcpus
  failure_handler    = module.control_plane.failure_handler
  deployment         = local.deployment
  workers            = local.workers.batch
  image_repository   = module.image_repository
  worker_fields      = local.worker_fields
  network            = module.network
  log_retention_days = var.log_retention_days
}

module "image_repository" {
  source       = "../modules/image_repository"
  deployment   = local.deployment
  images       = local.images
  protect_data = var.protect_data
}

module "network" {
  source = "../modules/network"
  prefix = local.prefix
  region = var.region
  zones  = var.availability_zones
}

module "worker" {
  source            = "../modules/worker"
  for_each          = local.routes
  deployment        = local.deployment
  route             = each.value
  job_store         = module.job_store
  event_bus         = module.event_bus
  settlements_queue = module.control_plane.settlements_queue
  input_buckets     = var.input_buckets
  input_keys        = var.input_keys
  failure_handler   = module.control_plane.failure_handler
  engines           = var.engines
}

module "next_step" {
  source             = "../modules/next_step"
  for_each           = module.route_schema.next_steps
  deployment         = local.deployment
  job_type           = each.key
  lambda             = each.value
  bucket             = module.job_store.bucket
  platform           = module.python_layer.platform
  zips               = module.function_code.zips
  log_retention_days = var.log_retention_days
}

# UNSAFE, for measurement only: the engine events_per_item, whose answers are counted by an execution each.
module "answer_counter" {
  source     = "../modules/answer_counter"
  count      = contains(var.engines, "events_per_item") ? 1 : 0
  deployment = local.deployment
  event_bus  = module.event_bus
  job_store  = module.job_store
  asl_file   = "../asl/count_answer.asl.json"

  dead_letters_arn = module.control_plane.failure_handler.dead_letters_arn
}
