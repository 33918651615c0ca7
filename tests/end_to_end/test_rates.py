"""A rate is kept, by when the calculation of each item says that it began.

How much of it is used depends on the machine: tests/lambda_src/rollcall/worker/test_rate.py tells in simulated time.
"""

from math import ceil

import pytest
from tests.end_to_end.commands import Cloud, Done

from rollcall.records import results
from rollcall_client.environment import Environment


def submit(cloud: Cloud, job: str, count: int, rate: float, *options: str) -> Done:
    items = [{"id": f"{job}-{n}", "data_type": "probe", "quiet": True, "timed": True} for n in range(count)]
    return cloud.submit(job, items, "--engine", "chunked", "--rate", str(rate), *options)


def begins(env: Environment, *jobs: str) -> list[float]:
    read = (results.read_results(env.client("s3"), env.deployment.bucket, job) for job in jobs)
    return sorted(line["result"]["began"] for lines in read for line in lines)


def assert_never_above(times: list[float], rate: float) -> None:
    for place, at in enumerate(times):
        within = sum(other < at + 1 for other in times[place : place + 2 * ceil(rate)])
        assert within <= rate, f"{within} in the second from {at - times[0]:.3f}"


@pytest.mark.full
def test_two_jobs_that_share_a_rate_keep_to_it_together(cloud, env):
    jobs = "shared-a", "shared-b"
    for job in jobs:
        assert submit(cloud, job, 60, 10, "--chunk", "5", "--rate-name", "api").code == 0
    for job in jobs:
        assert cloud.rollcall("watch", job, "--json").json["succeeded"] == 60
    assert_never_above(begins(env, *jobs), 10)


@pytest.mark.full
def test_no_second_has_more_than_a_thousand_items_where_that_is_the_rate(cloud, env):
    done = submit(cloud, "rate-1000", 12_000, 1000, "--chunk", "2000", "--wait", "--json")
    assert (done.code, done.json["succeeded"]) == (0, 12_000)
    assert_never_above(begins(env, "rate-1000"), 1000)
