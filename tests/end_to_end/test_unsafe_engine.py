"""Why events_per_item, the published pattern, is not to be used: what its files say breaks, does."""

import json
import time

import pytest
from tests.end_to_end.commands import eventually
from tests.end_to_end.looking import probes, row, stored

from rollcall.dispatch import queues
from rollcall.engines import Engine
from rollcall.events import ItemCompleted
from rollcall.records import results
from rollcall_client import executions

UNSAFE = Engine.EVENTS_PER_ITEM


@pytest.mark.full
def test_it_releases_too_early_when_an_answer_is_delivered_again(cloud, env):
    """EventBridge delivers at least once, and each delivery adds 1."""
    job = "flaw-early"
    assert cloud.submit(job, probes(job, 0, 60, 60), "--type", "valuation", "--engine", UNSAFE).code == 0
    eventually(lambda: row(env, job).get("counted", 0) == 1)
    (first,) = stored(env, job)
    again = ItemCompleted(job, 1, results.chunk_of(first))
    queues.put(env.client("events"), env.deployment.bus, [again, again])
    ended = eventually(lambda: (found := row(env, job)).get("finished_at") and "open" not in found and found)
    assert ended["state"] == "SUCCEEDED"  # and two of its three items are still at work
    assert (int(ended["succeeded"]), int(ended["failed"]), int(ended["not_run"])) == (1, 0, 2)
    assert executions.releases(executions.history(env, job)) == 1
    told = json.loads(ended["summary"])
    assert (told["succeeded"], told["unanswered"]) == (1, 2)


@pytest.mark.full
def test_it_waits_for_ever_when_an_answer_is_lost(cloud, env):
    job, rule = "flaw-waits", {"Name": "rollcall-local-count-answer", "EventBusName": env.deployment.bus}
    env.client("events").disable_rule(**rule)
    try:
        assert cloud.submit(job, probes(job, 0, 0, 0), "--engine", UNSAFE).code == 0
        eventually(lambda: len(stored(env, job)) == 3)
        time.sleep(1)  # the answers are put after the results
        why = cloud.rollcall("why", job, "--json").json["why"]
        assert why.startswith("all 3 chunks have a result; engine events_per_item waits for answers")
        assert "counted" not in row(env, job)  # and nothing will ever count them
        assert (row(env, job)["state"], executions.execution(env, job)["status"]) == ("RUNNING", "RUNNING")
        assert cloud.rollcall("cancel", job).code == 0
    finally:
        env.client("events").enable_rule(**rule)
    ended = row(env, job)
    assert (ended["state"], int(ended["succeeded"]), int(ended["not_run"])) == ("CANCELLED", 3, 0)
