"""The permissions a deployment gives, read from Terraform's state: of its roles, and of what lets services in."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# What there is one of for each route counts as one.
OF_ROUTE = re.compile(r"-route-.+?(-dlq)?$")
OTHER_THAN_LAMBDA = "-route-* (tasks)"


@dataclass(frozen=True)
class Permission:
    """One action of one statement.

    `holder` is the role, or where a resource lets a service in, the resource's ARN; those of routes are one holder.
    """

    holder: str
    sid: str
    action: str

    def __str__(self) -> str:
        return f"{self.action} of {self.holder} (statement {self.sid})"


@dataclass(frozen=True)
class Deployed:
    """`resources` holds where each permission applies; `holders` are the real names of each holder."""

    resources: dict[Permission, str]
    holders: dict[str, str]


def read(state: Path) -> Deployed:
    """Of a terraform.tfstate."""
    found = [
        (entry["type"], instance["attributes"])
        for entry in json.loads(state.read_text(encoding="utf-8"))["resources"]
        for instance in entry["instances"]
    ]
    names = dict(_holders(found))
    resources: dict[Permission, str] = {}
    for holder, statement in _statements(found):
        if statement["Effect"] == "Allow":
            for action in _listed(statement["Action"]):
                where = " ".join(_listed(statement["Resource"]))
                resources.setdefault(Permission(names[holder], statement["Sid"], action), where)
    return Deployed(resources, names)


def _holders(found: list[tuple[str, dict]]) -> Iterator[tuple[str, str]]:
    for kind, values in found:
        if kind == "aws_iam_role":
            on_lambda = "lambda.amazonaws.com" in values["assume_role_policy"]
            yield values["name"], OF_ROUTE.sub("-route-*" if on_lambda else OTHER_THAN_LAMBDA, values["name"])
        elif kind in ("aws_sqs_queue", "aws_lambda_function"):
            yield values["arn"], OF_ROUTE.sub(r"-route-*\1", values["arn"])


def _statements(found: list[tuple[str, dict]]) -> Iterator[tuple[str, dict]]:
    functions = {values["function_name"]: values["arn"] for kind, values in found if kind == "aws_lambda_function"}
    for kind, values in found:
        if kind == "aws_iam_role_policy":
            yield from ((values["role"], statement) for statement in json.loads(values["policy"])["Statement"])
        elif kind == "aws_sqs_queue" and values["policy"]:
            yield from ((values["arn"], statement) for statement in json.loads(values["policy"])["Statement"])
        elif kind == "aws_lambda_permission":
            arn = functions[values["function_name"]]
            yield (
                arn,
                {"Effect": "Allow", "Sid": values["statement_id"], "Action": values["action"], "Resource": arn},
            )


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
