"""An environment applied without a provider: policies are whole, with nothing "known after apply"."""

import json
from collections.abc import Callable
from pathlib import Path

ACCOUNT = "123456789012"
PLACE = f"eu-west-1:{ACCOUNT}"
MADE_UP = {
    "aws_batch_compute_environment": {"arn": f"arn:aws:batch:{PLACE}:compute-environment/some"},
    "aws_batch_job_definition": {"arn": f"arn:aws:batch:{PLACE}:job-definition/some:1"},
    "aws_batch_job_queue": {"arn": f"arn:aws:batch:{PLACE}:job-queue/some"},
    "aws_cloudwatch_event_bus": {"arn": f"arn:aws:events:{PLACE}:event-bus/some"},
    "aws_cloudwatch_event_rule": {"arn": f"arn:aws:events:{PLACE}:rule/some"},
    "aws_cloudwatch_log_group": {"arn": f"arn:aws:logs:{PLACE}:log-group:some"},
    "aws_dynamodb_table": {"arn": f"arn:aws:dynamodb:{PLACE}:table/some"},
    "aws_ecr_repository": {"repository_url": f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/some"},
    "aws_ecs_cluster": {"arn": f"arn:aws:ecs:{PLACE}:cluster/some"},
    "aws_ecs_task_definition": {"arn": f"arn:aws:ecs:{PLACE}:task-definition/some:1"},
    "aws_iam_role": {"arn": f"arn:aws:iam::{ACCOUNT}:role/some", "unique_id": "AROASOME"},
    "aws_lambda_function": {"arn": f"arn:aws:lambda:{PLACE}:function:some"},
    "aws_lambda_layer_version": {"arn": f"arn:aws:lambda:{PLACE}:layer:some:1"},
    "aws_s3_bucket": {"arn": "arn:aws:s3:::some"},
    "aws_sfn_state_machine": {"arn": f"arn:aws:states:{PLACE}:stateMachine:some"},
    "aws_sqs_queue": {"arn": f"arn:aws:sqs:{PLACE}:some", "url": f"https://sqs.eu-west-1.amazonaws.com/{ACCOUNT}/some"},
}


def applied(folder: Path, test: Callable[[], str]) -> dict[str, dict]:
    """Address => values of every resource of an environment, with what AWS would answer made up.

    `folder` is the configuration's; `test` runs `terraform test -json -verbose` there and returns what it prints.
    """
    mocks = {kind: {"defaults": values} for kind, values in MADE_UP.items()}
    file = folder / "applied.tftest.json"
    file.write_text(
        json.dumps({"mock_provider": {"aws": {"mock_resource": mocks}}, "run": {"applied": {"command": "apply"}}})
    )
    try:
        lines = test().splitlines()
    finally:
        file.unlink()
    (state,) = [message["test_state"] for message in map(json.loads, lines) if message["type"] == "test_state"]
    return values_of(state["root_module"])


def values_of(module: dict) -> dict[str, dict]:
    """Of a module in Terraform's JSON and of all below it."""
    own = {found["address"]: found["values"] for found in module.get("resources", []) if found["mode"] == "managed"}
    below = [values_of(child) for child in module.get("child_modules", [])]
    return {address: values for part in [own, *below] for address, values in part.items()}
