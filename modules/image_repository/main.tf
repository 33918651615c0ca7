locals {
  # An image with a registry in its name is pulled from there; a plain name is this deployment's own.
  own_images = { for image in var.images : image => regex("^([^:@]+)([:@].*)?$", image) if !strcontains(image, "/") }
  by_digest  = [for name_and_tag in local.own_images : name_and_tag[0] if startswith(coalesce(name_and_tag[1], ":"), "@")]
  own_names  = toset([for name_and_tag in local.own_images : name_and_tag[0]])

  # Other private repositories of ECR, of this account or of another, whose own policy must allow it too:
  # [account, region, repository] of <account>.dkr.ecr.<region>.amazonaws.com/<repository>, in any of its spellings.
  ecr_image       = "^([0-9]{12})\\.dkr[.-]ecr(?:-fips)?\\.([a-z0-9-]+)\\.(?:amazonaws\\.com(?:\\.cn)?|on\\.aws)/([^:@]+)"
  ecr_elsewhere   = [for image in var.images : regex(local.ecr_image, image) if can(regex(local.ecr_image, image))]
  other_ecr_repos = distinct([for found in local.ecr_elsewhere : "arn:${var.deployment.partition}:ecr:${found[1]}:${found[0]}:repository/${found[2]}"])

  # What scripts/worker.Dockerfile builds for (linux/amd64), whatever machine it is built on.
  cpu_architecture = "X86_64"
}

resource "aws_ecr_repository" "this" {
  for_each = local.own_names
  name     = "${var.deployment.prefix}/${each.key}"
  # A route names its image by tag, so a tag must go on meaning the same image.
  image_tag_mutability = "IMMUTABLE"
  # A repository with images in it stops a destroy.
  force_delete = !var.protect_data

  image_scanning_configuration {
    scan_on_push = true
  }
}

# An image without a tag can be named by its digest alone, so it goes where no route does that. One with a tag stays.
resource "aws_ecr_lifecycle_policy" "this" {
  for_each   = { for name, repository in aws_ecr_repository.this : name => repository if !contains(local.by_digest, name) }
  repository = each.value.name

  policy = jsonencode({
    rules = [{
      rulePriority = 1
      description  = "Images without a tag, after a day"
      selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 1 }
      action       = { type = "expire" }
    }]
  })
}
