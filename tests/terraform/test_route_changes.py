"""What an operator's change to the routes of dev plans, and nothing besides."""

import re
from functools import partial

import pytest
from tests.terraform.running import ENVIRONMENTS

DEV = (ENVIRONMENTS / "dev.tfvars").read_text()
NEW_ROUTE = """routes = {
  "equity.us" = { lambda = { function = "value_equity" } }
"""
EQUITY_ON_LAMBDA = '    lambda          = { function = "value_equity", memory_mb = 512 }\n'
EQUITY_ON_FARGATE = '    fargate         = { image = "rollcall-worker:1.2.0" }\n'
# For twenty tasks of it: where an account has less, the plan says so.
ROOM = "quotas = { fargate_vcpus = 24 }\n"


@pytest.fixture
def plan_of(planned):
    return partial(planned, "dev")


def without_route(addresses, data_type: str) -> set[str]:
    return {address for address in addresses if f'["{data_type}"]' not in address}


def test_a_new_route_adds_resources_of_its_own_and_touches_no_other(planned, plan_of):
    before, after = planned("dev"), plan_of(DEV.replace("routes = {\n", NEW_ROUTE, 1))
    added = after.keys() - before.keys()
    assert added and without_route(added, "equity.us") == set()
    assert {address: after[address] for address in before} == before


def test_a_type_moves_to_fargate_by_one_changed_line_and_touches_no_other(plan_of):
    assert DEV.count(EQUITY_ON_LAMBDA) == 1
    before, after = plan_of(DEV + ROOM), plan_of(DEV.replace(EQUITY_ON_LAMBDA, EQUITY_ON_FARGATE) + ROOM)
    changed = {address for address in before.keys() | after.keys() if before.get(address) != after.get(address)}
    assert without_route(changed, "equity") == set()
    assert 'module.compute_fargate.aws_ecs_task_definition.worker["equity"]' in changed
    assert 'module.compute_lambda.aws_lambda_function.worker["equity"]' in changed


@pytest.mark.full
def test_the_first_container_route_of_an_environment_adds_only_itself_and_its_image(plan_of):
    only_lambda = re.sub(r'  "(option\.american|scenario)" = \{\n.*?\n  \}\n', "", DEV, flags=re.DOTALL)
    before = plan_of(only_lambda)
    after = plan_of(re.sub(r'  "scenario" = \{\n.*?\n  \}\n', "", DEV, flags=re.DOTALL))
    added = after.keys() - before.keys()
    assert without_route(added, "option.american") == {
        'module.image_repository.aws_ecr_repository.this["rollcall-worker"]'
    }
    assert {address: after[address] for address in before} == before
