"""Every policy of every environment, read whole: what AWS would evaluate."""

import json
from collections.abc import Iterator
from functools import cache

import pytest
import yaml
from tests.terraform.running import ENVIRONMENTS, ROOT

from applied import ACCOUNT, applied

POLICIES = ("policy", "assume_role_policy")
NOT_OF_IAM = ".aws_ecr_lifecycle_policy."  # a resource whose policy says how long images are kept
KEYS = yaml.safe_load((ROOT / "tests" / "terraform" / "multivalued_keys.yaml").read_text())
MULTIVALUED = {f"{service}:{key}".lower() for service, keys in KEYS.items() for key in keys}


@pytest.fixture(scope="session")
def applied_environment(configuration):
    def apply(env: str) -> dict[str, dict]:
        configuration.use_workspace(env)
        settings = {"var_file": str(ENVIRONMENTS / f"{env}.tfvars"), "var": configuration.variables}
        return applied(configuration.folder, lambda: configuration.run("test", json=True, verbose=True, **settings))

    return cache(apply)


@pytest.fixture(params=["local", "dev", "staging", "prod"])
def statements(applied_environment, request) -> list[tuple[str, str, dict]]:
    """(address, kind of policy, statement) of an environment."""
    return list(statements_of(applied_environment(request.param)))


def statements_of(resources: dict[str, dict]) -> Iterator[tuple[str, str, dict]]:
    """A policy that nobody wrote is a made-up word and no JSON."""
    for address, values in resources.items():
        for kind in POLICIES:
            if NOT_OF_IAM not in address and (values.get(kind) or "").startswith("{"):
                yield from ((address, kind, statement) for statement in json.loads(values[kind])["Statement"])


def misused_operators(statement: dict) -> list[str]:
    """Condition keys compared with an operator that AWS has for keys of the other sort, single-valued or multivalued.

    ForAllValues is also true where the request has no such key, so an Allow asks with Null that it has one.
    """
    condition = statement.get("Condition", {})
    found = []
    for operator, compared in condition.items():
        base, _, _ = operator.rpartition(":")
        for key in compared:
            if operator != "Null" and bool(base) != (key.lower() in MULTIVALUED):
                found.append(f"{operator} {key}")
            if base == "ForAllValues" and statement["Effect"] == "Allow":
                found += [] if condition.get("Null", {}).get(key) == "false" else [f"{operator} {key} without Null"]
    return found


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ({"StringEquals": {"events:source": "rollcall"}}, ["StringEquals events:source"]),
        (
            {"ForAllValues:StringEquals": {"events:Source": "a"}},
            ["ForAllValues:StringEquals events:Source without Null"],
        ),
        ({"ForAllValues:StringEquals": {"events:source": "a"}, "Null": {"events:source": "false"}}, []),
        ({"ForAnyValue:StringEquals": {"aws:SourceAccount": ACCOUNT}}, ["ForAnyValue:StringEquals aws:SourceAccount"]),
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, []),
    ],
)
def test_an_operator_is_misused_where_it_is_for_keys_of_the_other_sort(condition, found):
    assert misused_operators({"Effect": "Allow", "Condition": condition}) == found


@pytest.mark.full
def test_a_key_with_several_values_is_compared_by_a_set_operator_and_no_other_key_is(statements):
    found = {address: misused for address, _, each in statements if (misused := misused_operators(each))}
    assert found == {}
    assert {key for _, _, each in statements for key in each.get("Condition", {}).get("Null", {})} >= {
        "events:source",
        "events:detail-type",
        "dynamodb:LeadingKeys",
    }


# What AWS says on whose behalf a service takes a role; of Lambda and of ECS tasks only the account is certain.
SOURCES = {"states": "stateMachine:", "events": "rule/", "scheduler": "schedule-group/default"}


@pytest.mark.full
def test_a_service_takes_a_role_for_this_account_alone_and_for_one_resource_where_that_is_known(statements):
    trusts = [statement for _, kind, statement in statements if kind == "assume_role_policy"]
    assert {statement["Principal"]["Service"].partition(".")[0] for statement in trusts} == {
        *("lambda", "ecs-tasks"),
        *SOURCES,
    }
    for statement in trusts:
        condition = statement["Condition"]
        assert condition["StringEquals"] == {"aws:SourceAccount": ACCOUNT}
        source = SOURCES.get(statement["Principal"]["Service"].partition(".")[0], "")
        assert source in condition.get("ArnLike", {}).get("aws:SourceArn", "")
