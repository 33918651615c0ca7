# For containers only: Lambdas run outside. Public subnets with public addresses and no way in, because a NAT
# gateway costs money every hour and this network is empty whenever no job runs.
resource "aws_vpc" "this" {
  #checkov:skip=CKV2_AWS_11:Nothing can connect into this network, and what leaves goes to AWS over TLS; flow logs would record only that.
  cidr_block           = "10.64.0.0/16"
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = { Name = var.prefix }
}

resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "public" {
  for_each          = { for index, zone in var.zones : zone => index }
  vpc_id            = aws_vpc.this.id
  availability_zone = "${var.region}${each.key}"
  cidr_block        = cidrsubnet(aws_vpc.this.cidr_block, 4, each.value)
  tags              = { Name = "${var.prefix}-${each.key}" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = var.prefix }
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.this.id
  tags   = { Name = var.prefix }

  route {
    cidr_block = "0.0.0.0/0"
    gateway_id = aws_internet_gateway.this.id
  }
}

resource "aws_route_table_association" "public" {
  for_each       = aws_subnet.public
  subnet_id      = each.value.id
  route_table_id = aws_route_table.public.id
}

resource "aws_security_group" "workers" {
  #checkov:skip=CKV2_AWS_5:Attached to tasks when they start, not to a resource.
  name        = "${var.prefix}-workers"
  description = "Workers reach AWS and image registries over TLS; nothing reaches them."
  vpc_id      = aws_vpc.this.id

  egress {
    description = "TLS to anywhere"
    protocol    = "tcp"
    from_port   = 443
    to_port     = 443
    cidr_blocks = ["0.0.0.0/0"]
  }
}

# Free, and the bulk of a worker's traffic (chunks, results, image layers) then stays inside AWS.
resource "aws_vpc_endpoint" "gateway" {
  for_each        = toset(["s3", "dynamodb"])
  vpc_id          = aws_vpc.this.id
  service_name    = "com.amazonaws.${var.region}.${each.key}"
  route_table_ids = [aws_route_table.public.id]
}
