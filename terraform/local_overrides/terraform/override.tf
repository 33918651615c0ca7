# Copied over the staged configuration for the embedded cloud and for plans without credentials; AWS never sees it.
terraform {
  backend "local" {
    workspace_dir = "../state"
  }
}

provider "aws" {
  # Nothing is asked for on the way to a plan, and buckets are paths because *.localhost has no address.
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  skip_region_validation      = true
  s3_use_path_style           = true
}
