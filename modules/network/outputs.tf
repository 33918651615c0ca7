output "subnet_ids" {
  value = [for subnet in aws_subnet.public : subnet.id]
}

output "security_group_id" {
  value = aws_security_group.workers.id
}
