locals {
  role = one(concat([for own in aws_iam_role.this : { name = own.name, arn = own.arn }], var.role[*]))

  log = [{
    Sid      = "Log"
    Effect   = "Allow"
    Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    Resource = "${aws_cloudwatch_log_group.this.arn}:*"
  }]

  dead_letters = [for each in var.asynchronous[*] : {
    Sid      = "DeadLetters"
    Effect   = "Allow"
    Action   = "sqs:SendMessage"
    Resource = each.dead_letters_arn
  }]
}

resource "aws_iam_role" "this" {
  count = var.role == null ? 1 : 0
  name  = var.name

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "this" {
  name   = "function"
  role   = local.role.name
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(var.statements, local.log, local.dead_letters) })
}
