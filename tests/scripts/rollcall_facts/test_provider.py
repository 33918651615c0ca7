"""What limits.yaml says the provider lets through, asked of the provider itself."""

import re

from tests.terraform.running import Configuration

from rollcall_facts.limits import limits

PROVIDER = """
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }
}
"""
FUNCTION = """
resource "aws_lambda_function" "{name}" {{
  function_name = "one"
  role          = "arn:aws:iam::123456789012:role/one"
  filename      = "one.zip"
  runtime       = "python3.12"
  handler       = "one.handler"
  {attribute} = {value}
}}
"""
ATTRIBUTES = {"timeout of a function": "timeout", "memory of a function": "memory_size"}


def test_the_provider_takes_what_limits_yaml_says_and_nothing_more(tmp_path):
    said = {ATTRIBUTES[limit.what]: limit.provider for limit in limits() if limit.provider}
    (tmp_path / "main.tf").write_text(
        PROVIDER
        + "".join(
            FUNCTION.format(name=f"{attribute}_{value}", attribute=attribute, value=value)
            for attribute, most in said.items()
            for value in (most, most + 1)
        )
    )
    _, _, refused = Configuration(tmp_path).terraform.cmd("validate")
    found = re.findall(r"expected (\w+) to be in the range \(\d+ - (\d+)\), got (\d+)", refused)
    assert sorted(found) == sorted((attribute, str(most), str(most + 1)) for attribute, most in said.items())
