resource "aws_cloudwatch_event_bus" "this" {
  name = var.prefix
}

resource "aws_cloudwatch_event_archive" "this" {
  name             = var.prefix
  event_source_arn = aws_cloudwatch_event_bus.this.arn
  retention_days   = var.retention_days
  event_pattern    = jsonencode({ source = ["rollcall"] })
}
