"""Jobs that share a route share its workers; and what the barrier costs does not grow with them."""

import json
import urllib.request

import pytest
from tests.end_to_end.commands import Cloud, eventually

WRITES = ("UpdateItem", "PutItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems")


def probes(job: str, count: int, **fields) -> list[dict]:
    return [{"id": f"{job}-{n}", "data_type": "probe.single", **fields} for n in range(count)]


def workers(cloud: Cloud) -> int:
    """Processes of the route's function: one for each call that ever ran at the same time as the others."""
    lines = (" ".join(process.cmdline()) for process in cloud.server().children(recursive=True))
    return sum("rollcall-local-route-probe-single" in line for line in lines)


@pytest.mark.full
def test_two_jobs_never_have_more_workers_than_their_route_and_the_small_one_is_soon_done(cloud):
    assert cloud.submit("share-big", probes("share-big", 400, seconds=4)).code == 0
    eventually(lambda: cloud.rollcall("status", "share-big", "--json").json.get("settled", 0) > 8)
    small = cloud.submit("share-small", probes("share-small", 16, seconds=0.5), "--wait", "--json")
    big = cloud.rollcall("status", "share-big", "--json").json
    assert small.json["succeeded"] == 16
    assert big["state"] == "RUNNING" and big["settled"] < 350, "the big job was through first"
    assert workers(cloud) <= 8
    assert cloud.rollcall("cancel", "share-big").code == 0


def dynamodb_writes(cloud: Cloud) -> int:
    with urllib.request.urlopen(f"http://127.0.0.1:{cloud.port}/_rollcall/calls") as answer:
        counts = json.load(answer)
    return sum(counts.get(f"dynamodb:{action}", 0) for action in WRITES)


@pytest.mark.full
def test_10000_chunks_cost_at_most_a_fifth_of_a_dynamodb_write_each(cloud):
    before = dynamodb_writes(cloud)
    done = cloud.submit("cost", probes("cost", 10_000), "--wait", "--json")
    assert (done.json["succeeded"], done.json["data_types"][0]["chunks"]) == (10_000, 10_000)
    writes = dynamodb_writes(cloud) - before
    assert writes / 10_000 <= 0.2, f"{writes} writes"
