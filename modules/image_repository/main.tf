locals {
  # An image with a registry in its name is pulled from there; a plain name is this deployment's own.
  own_images = { for image in var.images : image => split(":", image) if !strcontains(image, "/") }
  own_names  = toset([for name_and_tag in local.own_images : name_and_tag[0]])
}

resource "aws_ecr_repository" "this" {
  for_each = local.own_names
  name     = "${var.deployment.prefix}/${each.key}"
  # A route names its image by tag, so a tag must go on meaning the same image.
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }
}
