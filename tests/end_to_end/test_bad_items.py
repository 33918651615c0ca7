"""A chunk with items that kill, hang and take all memory: each fails alone, by name, and no other runs too often."""

import json

import pytest
from tests.end_to_end.commands import eventually
from tests.end_to_end.looking import ran

from rollcall.engines import Engine

BAD = {100: {"die": True}, 200: {"hang": True}, 300: {"eat": True}}
ERRORS = {100: "WorkerLost", 200: "ItemTimedOut", 300: "WorkerLost"}
WORKER_STARTS = 3 + 10


@pytest.mark.full
@pytest.mark.parametrize("data_type", ["probe.many", "probe.many.task", "probe.many.job"])
def test_of_five_hundred_items_three_bad_ones_fail_by_their_own_names(cloud, env, data_type):
    job_id = data_type.replace(".", "-")
    items = [{"id": f"{job_id}-{n}", "data_type": data_type, **BAD.get(n, {})} for n in range(500)]
    done = cloud.submit(job_id, items, "--wait", "--json").json
    assert (done["state"], done["succeeded"], done["failed"]) == ("PARTIAL", 497, 3)
    out = cloud.rollcall("results", job_id, "--failed").out
    failures = {line["id"]: line["error"]["type"] for line in map(json.loads, out.splitlines())}
    assert failures == {f"{job_id}-{n}": error for n, error in ERRORS.items()}
    runs = eventually(lambda: len(found := ran(env, job_id, job_id)) == 500 and found)
    assert max(runs[item["id"]] for item in items if item["id"] not in failures) <= 2
    assert cloud.rollcall("receipt", job_id, "--json").json["attempts"] <= WORKER_STARTS
    assert cloud.rollcall("verify", job_id).code == 0


@pytest.mark.full
@pytest.mark.parametrize("data_type", ["probe.many", "probe.many.task"])
def test_one_that_takes_its_whole_worker_down_each_time_is_found_out_too(cloud, env, data_type):
    job_id = f"whole-{data_type.replace('.', '-')}"
    items = [{"id": f"{job_id}-{n}", "data_type": data_type, "kill_all": n == 30} for n in range(60)]
    done = cloud.submit(job_id, items, "--wait", "--json").json
    assert (done["state"], done["succeeded"], done["failed"]) == ("PARTIAL", 59, 1)
    line = json.loads(cloud.rollcall("results", job_id, "--failed").out)
    assert (line["id"], line["error"]["type"]) == (f"{job_id}-30", "WorkerLost")
    assert "(3 times)" in line["error"]["message"]
    assert cloud.rollcall("receipt", job_id, "--json").json["attempts"] <= WORKER_STARTS


@pytest.mark.full
@pytest.mark.parametrize("engine", [Engine.MAP, Engine.DISTRIBUTED_MAP])
def test_where_chunks_are_pushed_one_that_kills_fails_alone_too(cloud, engine):
    job_id = f"pushed-{engine.replace('_', '-')}"
    items = [{"id": f"{job_id}-{n}", "data_type": "probe.many", "die": n == 5} for n in range(20)]
    done = cloud.submit(job_id, items, "--engine", engine, "--wait", "--json").json
    assert (done["state"], done["succeeded"], done["failed"]) == ("PARTIAL", 19, 1)
    line = json.loads(cloud.rollcall("results", job_id, "--failed").out)
    assert (line["id"], line["error"]["type"]) == (f"{job_id}-5", "WorkerLost")
    assert "(3 times)" in line["error"]["message"]


def test_what_an_item_does_to_the_streams_of_its_worker_reaches_no_other(cloud):
    items = [{"id": f"streams-{n}", "data_type": "probe.many", "close": n == 1} for n in range(3)]
    done = cloud.submit("streams", items, "--wait", "--json").json
    assert (done["state"], done["succeeded"]) == ("SUCCEEDED", 3)
    assert cloud.rollcall("receipt", "streams", "--json").json["attempts"] == 1
