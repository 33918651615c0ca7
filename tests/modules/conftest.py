"""A single module applied without a provider, so that tests see policies whole, with nothing "known after apply"."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.terraform.running import ROOT, Configuration

from applied import values_of

ACCOUNT = "eu-west-1:123456789012"
DEPLOYMENT = {
    "environment": "dev",
    "prefix": "rollcall-dev",
    "partition": "aws",
    "region": "eu-west-1",
    "account_id": "123456789012",
}
BUS = {"name": "rollcall-dev", "arn": f"arn:aws:events:{ACCOUNT}:event-bus/rollcall-dev"}
UNDELIVERED = f"arn:aws:sqs:{ACCOUNT}:rollcall-dev-undelivered-dlq"
FAILURE_HANDLER = {
    "arn": f"arn:aws:lambda:{ACCOUNT}:function:rollcall-dev-handle-worker-failures",
    "dead_letters_arn": UNDELIVERED,
}
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


@dataclass
class Application:
    """A module, its variables, and what AWS answers for some of its resources besides MADE_UP."""

    module: str
    variables: dict
    answers: dict[str, dict] = field(default_factory=dict)


def apply_all(folder: Path, applications: dict[str, Application]) -> None:
    """Leaves Terraform's account of their state in `state.json`, of each as of a module of its name.

    All are applied at once: Terraform takes longer to decode what there is on AWS than to apply one.
    """
    shutil.copytree(ROOT / "modules", folder, dirs_exist_ok=True)
    calls = {name: {"source": f"./{each.module}", **each.variables} for name, each in applications.items()}
    mocks = {kind: {"defaults": made} for kind, made in MADE_UP.items()}
    overrides = [
        {"target": f"module.{name}.{target}", "values": values}
        for name, each in applications.items()
        for target, values in each.answers.items()
    ]
    test = {
        "mock_provider": {"aws": {"mock_resource": mocks}},
        "override_resource": overrides,
        "run": {"applied": {"command": "apply"}},
    }
    # Values, not templates.
    calls = json.loads(json.dumps(calls).replace("${", "$${"))
    outputs = {name: {"value": f"${{module.{name}}}", "sensitive": True} for name in applications}
    providers = {"required_providers": {"aws": {"source": "hashicorp/aws"}}}
    (folder / "main.tf.json").write_text(json.dumps({"terraform": providers, "module": calls, "output": outputs}))
    (folder / "applied.tftest.json").write_text(json.dumps(test))
    ((_, tested),) = Configuration(folder).tested().items()
    assert tested.found, tested.told
    (folder / "state.json").write_text(json.dumps(tested.found))


class AppliedModule:
    """Address => values of every resource, as they would be with what AWS answers made up."""

    def __init__(self, state: dict, name: str):
        (own,) = [each for each in state["root_module"]["child_modules"] if each["address"] == f"module.{name}"]
        prefix = f"module.{name}."
        self.resources = {address.removeprefix(prefix): values for address, values in values_of(own).items()}
        self.outputs = state["outputs"][name]["value"]

    def statements(self, address: str) -> list[dict]:
        """Of the policy of a role or a queue."""
        return json.loads(self.resources[address]["policy"])["Statement"]

    def function(self, key: str) -> dict:
        return self.resources[of_function(key, "aws_lambda_function.this")]

    def function_statements(self, key: str) -> list[dict]:
        """What the role of a function may do."""
        return self.statements(of_function(key, "aws_iam_role_policy.this"))


def of_function(key: str, resource: str) -> str:
    """Where a resource of the module lambda_function stands in one that calls it for each of several keys."""
    return f'module.function["{key}"].{resource}'


def name_of(path: Path, name: str) -> str:
    """One that Terraform takes for a module."""
    return re.sub(r"\W+", "_", f"{path.stem}_{name}")


@pytest.fixture(scope="session")
def applied_modules(once, request) -> dict:
    """All that the `applications()` of this run's test files name, applied once a run."""
    files = {item.path: item.module for item in request.session.items if hasattr(item.module, "applications")}
    named = {name_of(path, name): each for path, file in files.items() for name, each in file.applications().items()}
    folder = once("applied-modules", lambda folder: apply_all(folder, named))
    return json.loads((folder / "state.json").read_text())


@pytest.fixture(scope="module")
def applied(applied_modules, request) -> Callable[[str], AppliedModule]:
    """applied("name") is that of the test file's own `applications()`."""
    return lambda name: AppliedModule(applied_modules, name_of(request.path, name))


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


def refuses_without_tls(applied: AppliedModule, address: str) -> bool:
    """Whether a queue's policy refuses all calls to it by anybody over plain HTTP."""
    name = applied.resources[address]["name"]
    return any(
        {**statement, "Sid": ""}
        == {
            **{"Sid": "", "Effect": "Deny", "Principal": "*", "Action": "sqs:*"},
            "Resource": f"arn:aws:sqs:{ACCOUNT}:{name}",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
        for statement in applied.statements(address)
    )


def listed(one_or_more: str | list[str]) -> list[str]:
    return [one_or_more] if isinstance(one_or_more, str) else one_or_more
