module "function" {
  source   = "../lambda_function"
  for_each = local.functions

  name                 = local.function_names[each.key]
  account_id           = var.deployment.account_id
  code                 = each.key
  zips                 = var.zips
  platform             = var.platform
  further_layers       = try(each.value.reads_parquet, false) ? [var.platform.parquet_layer_arn] : []
  memory_mb            = each.value.memory_mb
  timeout_seconds      = each.value.timeout_seconds
  reserved_concurrency = local.reserved[each.key]
  environment          = local.environments[each.key]
  statements           = concat([for name in each.value.allow : local.allow[name]], contains(each.value.allow, "read_inputs") ? local.decrypt_inputs : [])
  log_retention_days   = var.log_retention_days
  rules                = lookup(local.rules, each.key, {})
  asynchronous         = lookup(local.asynchronous, each.key, null)
  queue                = lookup(local.queues, each.key, null)
}
