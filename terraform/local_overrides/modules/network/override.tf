# The provider watches this setting for ten seconds; tasks of the embedded cloud are processes and have no names.
resource "aws_vpc" "this" {
  enable_dns_hostnames = false
}
