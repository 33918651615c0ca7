provider "aws" {
  region = var.region

  default_tags {
    tags = {
      project     = "rollcall"
      environment = var.environment
    }
  }
}
