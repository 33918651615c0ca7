"""What is planned of a route is what tfvars say of it."""

import re

import pytest

from rollcall_client import offline_routes
from rollcall_client.planned_routes import planned_routes
from rollcall_planner import EstimateRefused, Workload

WRITTEN = """routes = {{
  "equity" = {}
}}
"""
ASKED = Workload(items=10, seconds=1)


@pytest.fixture
def written(tmp_path, monkeypatch):
    monkeypatch.setattr(offline_routes, "ENVIRONMENTS", tmp_path)
    return lambda route: (tmp_path / "dev.tfvars").write_text(WRITTEN.format(route))


def test_a_route_gives_its_target_its_sizes_and_the_defaults(written):
    written('{ fargate = { image = "worker:1", cpu = 2048, spot = true }, chunk_size = 5 }')
    found = planned_routes("dev", ["equity"], ASKED)["equity"]
    assert (found.target, found.vcpus, found.spot, found.chunk, found.concurrency) == ("fargate", 2, True, 5, 100)


@pytest.mark.parametrize("route", ["null", "{}", '{ lambda = { memory_mb = "512MB" } }', "{ lambda = 5 }"])
def test_a_route_that_make_plan_refuses_is_refused_with_its_place(written, route):
    written(route)
    place = 'terraform/environments/dev.tfvars, routes["equity"] is not as a route is; `make plan ENV=dev` tells'
    with pytest.raises(EstimateRefused, match=re.escape(place)):
        planned_routes("dev", ["equity"], ASKED)
