output "function_name" {
  value = module.function.name
}
