"""The settings that tests plan: those of every environment, and what an operator may change in dev's routes."""

import re

from tests.terraform.running import ENVIRONMENTS

DEV = (ENVIRONMENTS / "dev.tfvars").read_text()
NEW_ROUTE = """routes = {
  "equity.us" = { lambda = { function = "value_equity" } }
"""
EQUITY_ON_LAMBDA = '    lambda          = { function = "value_equity", memory_mb = 512 }\n'
EQUITY_ON_FARGATE = '    fargate         = { image = "rollcall-worker:1.2.0" }\n'
# For twenty tasks of it: where an account has less, the plan says so.
ROOM = "quotas = { fargate_vcpus = 24 }\n"
assert DEV.count(EQUITY_ON_LAMBDA) == 1


def without(*data_types: str) -> str:
    """Dev's settings without some routes."""
    return re.sub(rf'  "({"|".join(map(re.escape, data_types))})" = \{{\n.*?\n  \}}\n', "", DEV, flags=re.DOTALL)


SETTINGS = {
    **{file.stem: file.read_text() for file in ENVIRONMENTS.glob("*.tfvars")},
    "dev_with_a_new_route": DEV.replace("routes = {\n", NEW_ROUTE, 1),
    "dev_with_room": DEV + ROOM,
    "dev_with_equity_on_fargate": DEV.replace(EQUITY_ON_LAMBDA, EQUITY_ON_FARGATE) + ROOM,
    "dev_without_containers": without("option.american", "scenario"),
    "dev_with_its_first_container": without("scenario"),
}
