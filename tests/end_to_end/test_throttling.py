"""Throttling delays a job and never ends it, whichever service throttles."""

import time

import pytest
from tests.capacity import throttle
from tests.end_to_end.commands import eventually
from tests.end_to_end.looking import row

from embedded_cloud.extension.throttling import ANSWERS

OUTAGE_SECONDS = 20
ROUTES = ("probe", "probe.task", "probe.job")


@pytest.fixture
def shares(cloud):
    """Has services refuse a share of their calls, until the test is over."""

    def set_shares(**given: float) -> None:
        throttle(f"http://127.0.0.1:{cloud.port}", given)

    yield set_shares
    set_shares()


def items(job: str, count: int, **fields) -> list[dict]:
    return [{"id": f"{job}-{n}", "data_type": ROUTES[n % len(ROUTES)], **fields} for n in range(count)]


@pytest.mark.full
def test_jobs_outlast_that_every_service_refuses_every_call(cloud, env, shares):
    """One has not begun, of one the chunks are at work, one is about to settle."""
    assert cloud.submit("throttled-at-work", items("throttled-at-work", 60, seconds=1)).code == 0
    eventually(lambda: any(slot["phase"] == "working" for slot in env.slots.live("probe", 100).values()))
    shares(**dict.fromkeys(ANSWERS, 1))
    assert cloud.submit("throttled-at-first", items("throttled-at-first", 30)).code == 0
    time.sleep(OUTAGE_SECONDS)
    before = row(env, "throttled-at-first")
    assert (before["state"], before["timeline"][0]["what"]) == ("PARTITIONING", "submitted")
    shares()
    for job, count in (("throttled-at-first", 30), ("throttled-at-work", 60)):
        done = cloud.rollcall("watch", job, "--json").json
        assert (done["state"], done["succeeded"]) == ("SUCCEEDED", count)
        assert cloud.rollcall("verify", job).code == 0


@pytest.mark.full
def test_a_job_gets_through_while_every_service_refuses_a_third_of_its_calls(cloud, shares):
    shares(**dict.fromkeys(ANSWERS, 0.33))
    done = cloud.submit("throttled-often", items("throttled-often", 60), "--type", "valuation", "--wait", "--json").json
    assert (done["state"], done["succeeded"]) == ("SUCCEEDED", 60)
    shares()
    assert cloud.rollcall("verify", "throttled-often").code == 0
