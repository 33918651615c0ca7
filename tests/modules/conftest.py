"""A single module applied without a provider, so that tests see policies whole, with nothing "known after apply"."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.terraform.running import Configuration, copy_of_module

ACCOUNT = "eu-west-1:123456789012"
DEPLOYMENT = {
    "environment": "dev",
    "prefix": "rollcall-dev",
    "partition": "aws",
    "region": "eu-west-1",
    "account_id": "123456789012",
}
BUS = {"name": "rollcall-dev", "arn": f"arn:aws:events:{ACCOUNT}:event-bus/rollcall-dev"}
FAILURE_HANDLER = {"arn": f"arn:aws:lambda:{ACCOUNT}:function:rollcall-dev-handle-worker-failures"}
MADE_UP = {
    "aws_batch_compute_environment": {"arn": f"arn:aws:batch:{ACCOUNT}:compute-environment/some"},
    "aws_batch_job_queue": {"arn": f"arn:aws:batch:{ACCOUNT}:job-queue/some"},
    "aws_cloudwatch_event_rule": {"arn": f"arn:aws:events:{ACCOUNT}:rule/some"},
    "aws_cloudwatch_log_group": {"arn": f"arn:aws:logs:{ACCOUNT}:log-group:some"},
    "aws_iam_role": {"arn": "arn:aws:iam::123456789012:role/some", "unique_id": "AROASOME"},
    "aws_lambda_function": {"arn": f"arn:aws:lambda:{ACCOUNT}:function:some"},
    "aws_sfn_state_machine": {"arn": f"arn:aws:states:{ACCOUNT}:stateMachine:some"},
}


def table(name: str) -> dict[str, str]:
    return {"name": f"rollcall-dev-{name}", "arn": f"arn:aws:dynamodb:{ACCOUNT}:table/rollcall-dev-{name}"}


JOB_STORE = {
    "bucket": {"name": "rollcall-dev-1", "arn": "arn:aws:s3:::rollcall-dev-1"},
    **{f"{name}_table": table(name) for name in ("jobs", "progress", "workers", "idempotency")},
}


def queue(name: str) -> dict[str, str]:
    return {"url": f"https://sqs/rollcall-dev-{name}", "arn": f"arn:aws:sqs:{ACCOUNT}:rollcall-dev-{name}"}


def apply_once(folder: Path, module: str, variables: dict, answers: dict[str, dict]) -> None:
    """Leaves Terraform's account of the module's state in `state.json`."""
    test = {
        "mock_provider": {"aws": {"mock_resource": {kind: {"defaults": made} for kind, made in MADE_UP.items()}}},
        "override_resource": [{"target": target, "values": values} for target, values in answers.items()],
        "variables": json.loads(json.dumps(variables).replace("${", "$${")),  # values, not templates
        "run": {"applied": {"command": "apply"}},
    }
    copy = copy_of_module(module, folder)
    (copy / "applied.tftest.json").write_text(json.dumps(test))
    lines = Configuration(copy).run("test", json=True, verbose=True).splitlines()
    (state,) = [message["test_state"] for message in map(json.loads, lines) if message["type"] == "test_state"]
    (folder / "state.json").write_text(json.dumps(state))


class AppliedModule:
    """Address => values of every resource, as they would be with what AWS answers made up."""

    def __init__(self, state: dict):
        self.resources = {found["address"]: found["values"] for found in state["root_module"]["resources"]}
        self.outputs = {name: output["value"] for name, output in state.get("outputs", {}).items()}

    def statements(self, address: str) -> list[dict]:
        """Of the policy of a role or a queue."""
        return json.loads(self.resources[address]["policy"])["Statement"]


@pytest.fixture(scope="session")
def applied(once) -> Callable[..., AppliedModule]:
    """applied("worker", variables, {resource: what AWS answers}); the same is applied once a run."""

    def apply(module: str, variables: dict, answers: dict[str, dict]) -> AppliedModule:
        given = hashlib.sha256(json.dumps([variables, answers], sort_keys=True).encode()).hexdigest()
        folder = once(f"{module}-{given[:16]}", lambda folder: apply_once(folder, module, variables, answers))
        return AppliedModule(json.loads((folder / "state.json").read_text()))

    return apply


def actions(statements: list[dict], resource: str) -> set[str]:
    """What statements allow on a resource, given by the end of its ARN."""
    return {
        action
        for statement in statements
        if statement["Effect"] == "Allow" and any(arn.endswith(resource) for arn in listed(statement["Resource"]))
        for action in listed(statement["Action"])
    }


def allowed(statements: list[dict]) -> dict[str, str]:
    """Resource, by the end of its ARN => names of the actions that statements allow there, in order.

    The end is what follows the account, or the name of a bucket and what is in it.
    """
    found: dict[str, set[str]] = {}
    for statement in statements:
        for resource in listed(statement["Resource"]) if statement["Effect"] == "Allow" else []:
            names = {action.partition(":")[2] for action in listed(statement["Action"])}
            found.setdefault(resource.split(":", 5)[-1], set()).update(names)
    return {resource: " ".join(sorted(names)) for resource, names in found.items()}


def listed(one_or_more: str | list[str]) -> list[str]:
    return [one_or_more] if isinstance(one_or_more, str) else one_or_more
