output "references" {
  description = "Image as written => image as pulled."
  value = merge(
    { for image in var.images : image => image },
    {
      for image, name_and_tag in local.own_images :
      image => "${aws_ecr_repository.this[name_and_tag[0]].repository_url}${coalesce(name_and_tag[1], ":latest")}"
    },
  )
}

output "cpu_architecture" {
  description = "What images are built for and containers run on."
  value       = local.cpu_architecture
}

output "execution_role" {
  value = { arn = aws_iam_role.execution.arn }
}
