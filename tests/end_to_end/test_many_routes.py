"""A first apply with many routes: whatever the order in which a machine gets to their resources."""

import pytest
from tests.end_to_end.commands import LOCAL_VARS, PYTHON, Cloud

TARGETS = (
    'lambda = { function = "run_probe", memory_mb = 256 }',
    'fargate = { image = "rollcall-worker:1.2.0", cpu = 256, memory_mb = 512, spot = true }',
    'batch = { image = "rollcall-worker:1.2.0", vcpus = 0.25, memory_mb = 512 }',
)
MANY = "".join(f'  "probe.{n}" = {{\n    {TARGETS[n % 3]}\n    max_concurrency = 1\n  }}\n' for n in range(25))


@pytest.fixture
def fresh_cloud(tmp_path):
    cloud = Cloud(tmp_path)
    cloud.must(PYTHON, "-m", "embedded_cloud", "up")
    yield cloud
    cloud.must(PYTHON, "-m", "embedded_cloud", "down", "--wipe")


@pytest.mark.full
def test_a_fresh_cloud_takes_25_routes_more_at_once_and_runs_items_of_each_kind(fresh_cloud):
    settings = LOCAL_VARS.read_text().replace("\nroutes = {\n", f"\nroutes = {{\n{MANY}")
    applied = fresh_cloud.deploy("apply", settings)
    assert applied.code == 0, applied.out + applied.err
    assert "No changes." in fresh_cloud.deploy("plan", settings).out
    items = [{"id": str(n), "data_type": f"probe.{n}"} for n in range(len(TARGETS))]
    done = fresh_cloud.submit("many", items, "--wait", "--json")
    assert (done.json["state"], done.json["succeeded"]) == ("SUCCEEDED", len(TARGETS))
