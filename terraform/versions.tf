terraform {
  required_version = ">= 1.11, < 2"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # The bucket and its region are each environment's own: environments/<env>.tfbackend.
  backend "s3" {
    key          = "rollcall/terraform.tfstate"
    use_lockfile = true
    encrypt      = true
  }
}
