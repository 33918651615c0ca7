"""Jobs that went wrong are stopped, held, repaired and proved, without running the rest again."""

import json
import re
import time
from collections import Counter

import pytest
from tests.end_to_end.commands import Cloud, eventually
from tests.end_to_end.looking import ran

from rollcall.dispatch import queues
from rollcall.dispatch.dispatcher import requests
from rollcall.records import jobs as job_record


def probes(count: int, data_type: str = "probe", **fields) -> list[dict]:
    return [{"id": str(n), "data_type": data_type, **fields} for n in range(count)]


def test_after_a_redrive_only_the_failed_items_ran_again_and_the_receipt_shows_both_runs(cloud: Cloud, env):
    failing = {f"redrive-{n}" for n in range(100) if n % 20 == 7}
    ids = [f"redrive-{n}" for n in range(100)]
    items = [{"id": name, "data_type": "probe", **({"fail": "no price"} if name in failing else {})} for name in ids]
    done = cloud.submit("redrive", items, "--wait", "--json")
    assert (done.code, done.json["succeeded"], done.json["failed"]) == (3, 95, 5)
    assert eventually(lambda: ran(env, "probe", "redrive") == Counter(ids))
    again = cloud.rollcall("redrive", "redrive", "--failed", "--route", "probe.single", "--wait", "--json")
    assert (again.json["state"], again.json["succeeded"], again.json["failed"]) == ("PARTIAL", 95, 5)
    assert eventually(lambda: ran(env, "probe-single", "redrive") == Counter(failing))
    assert ran(env, "probe", "redrive") == Counter(ids)
    receipt = cloud.rollcall("receipt", "redrive", "--json").json
    assert [(run["run"], run["items"], run["settled"]) for run in receipt["runs"]] == [(1, 100, 10), (2, 5, 5)]
    assert cloud.rollcall("verify", "redrive").code == 0
    lines = [json.loads(line) for line in cloud.rollcall("results", "redrive").out.splitlines()]
    assert sorted(line["id"] for line in lines) == sorted(ids)


@pytest.mark.full
def test_a_redrive_after_a_fix_completes_the_job_and_releases_its_next_step_again(cloud, env):
    """The fix of a route: its function, deleted, comes back."""
    lambdas = env.client("lambda")
    name = "rollcall-local-route-probe-single"
    code = lambdas.get_function(FunctionName=name)
    assert code["Configuration"]["FunctionName"] == name
    lambdas.delete_function(FunctionName=name)
    try:
        broken = cloud.submit("fixed", probes(40, "probe.single"), "--wait", "--json")
        assert (broken.json["state"], broken.json["failed"]) == ("FAILED", 40)
    finally:
        assert cloud.deploy("apply").code == 0
    again = cloud.rollcall("redrive", "fixed", "--wait", "--json")
    assert (again.json["state"], again.json["succeeded"]) == ("SUCCEEDED", 40)
    assert cloud.rollcall("verify", "fixed").code == 0


def is_idle(env, route: str) -> bool:
    """Whether nobody works for a route, and nothing is left to do there."""
    return env.slots.live(route, 100) == {} and queues.counts(env.client("sqs"), env.routes[route].queue_url) == (0, 0)


def is_quiet(env, route: str) -> bool:
    """And nothing is left to count, of this route or another."""
    return is_idle(env, route) and queues.counts(env.client("sqs"), env.deployment.settlements_queue_url) == (0, 0)


@pytest.mark.full
def test_cancel_ends_a_run_of_2000_items_while_most_have_not_run_and_nothing_starts_afterwards(cloud, env):
    """Without it the run would go on for 40 minutes: two thousand items of ten seconds, but for the first."""
    items = probes(2000, "probe.single", seconds=10)
    items = [{**item, "id": f"cancel-{n}", "seconds": 10 * (n >= 30)} for n, item in enumerate(items)]
    assert cloud.submit("cancel", items).code == 0
    eventually(lambda: cloud.rollcall("status", "cancel", "--json").json.get("settled", 0) > 20)
    done = cloud.rollcall("cancel", "cancel", "--json")
    assert done.code == 0, done.err
    receipt = cloud.rollcall("receipt", "cancel", "--json").json
    assert receipt["status"] == "CANCELLED"
    assert receipt["succeeded"] > 20
    assert receipt["succeeded"] + receipt["failed"] + receipt["not_run"] == 2000
    assert receipt["not_run"] > 1000
    eventually(lambda: is_quiet(env, "probe.single"))
    time.sleep(5)
    assert is_idle(env, "probe.single")
    settled = receipt["succeeded"] + receipt["failed"]
    eventually(lambda: len(ran(env, "probe-single", "cancel")) >= settled)
    # Each of the eight workers may have been at one item, and taken one more before it knew.
    assert len(ran(env, "probe-single", "cancel")) <= settled + 16
    assert cloud.rollcall("verify", "cancel").code == 0
    assert cloud.rollcall("status", "cancel", "--json").code == 6


def test_cancel_stops_the_task_and_the_batch_job_that_are_at_work(cloud, env):
    routes = ("probe.task", "probe.job")
    items = [{"id": route, "data_type": route, "seconds": 100} for route in routes]
    assert cloud.submit("stopped-at-work", items).code == 0

    def tasks() -> list[str]:
        rows = [row for route in routes for row in env.slots.live(route, 100).values()]
        return [row["task"] for row in rows if row.get("jobs") == ["stopped-at-work"]]

    task, job = eventually(lambda: len(found := tasks()) == 2 and found)
    assert cloud.rollcall("cancel", "stopped-at-work").code == 0
    ecs, batch = env.client("ecs"), env.client("batch")
    described = eventually(
        lambda: (
            (found := ecs.describe_tasks(cluster="rollcall-local", tasks=[task])["tasks"][0])
            and found["lastStatus"] == "STOPPED"
            and found
        )
    )
    assert described["stoppedReason"] == "job stopped-at-work has ended"
    eventually(lambda: batch.describe_jobs(jobs=[job])["jobs"][0]["status"] == "FAILED")
    eventually(lambda: all(is_quiet(env, route) for route in routes))


@pytest.mark.full
def test_a_paused_job_hands_out_nothing_until_it_is_resumed(cloud, env):
    items = [{**item, "seconds": 6 * (n >= 10)} for n, item in enumerate(probes(90, "probe.single"))]
    assert cloud.submit("pause", items).code == 0
    eventually(lambda: cloud.rollcall("status", "pause", "--json").json.get("settled", 0) > 5)
    assert cloud.rollcall("pause", "pause").code == 0
    eventually(lambda: is_quiet(env, "probe.single"))
    held = cloud.rollcall("status", "pause", "--json").json["settled"]
    assert 5 < held < 90
    assert "resume" in cloud.rollcall("why", "pause").err
    time.sleep(2)
    assert cloud.rollcall("status", "pause", "--json").json["settled"] == held
    assert cloud.rollcall("resume", "pause").code == 0
    assert cloud.rollcall("watch", "pause", "--json").json["succeeded"] == 90
    whats = [event["what"] for event in job_record.read(env.jobs, "pause")["timeline"]]
    assert [what for what in whats if what in ("paused", "resumed")] == ["paused", "resumed"]
    assert cloud.rollcall("verify", "pause").code == 0


def test_items_that_may_succeed_later_are_tried_again_and_only_they(cloud, env):
    items = [{"id": f"later-{n}", "data_type": "probe", "tries": 1 + (n == 3)} for n in range(10)]
    assert cloud.submit("later", items, "--wait", "--json").json["succeeded"] == 10
    times = Counter({f"later-{n}": 1 + (n == 3) for n in range(10)})
    assert eventually(lambda: ran(env, "probe", "later") == times)


@pytest.mark.parametrize(
    ("options", "state", "code"),
    [
        (["--tolerate", "3"], "PARTIAL", 3),
        (["--tolerate", "2"], "FAILED", 4),
        (["--tolerate", "20%"], "FAILED", 4),
        (["--tolerate", "5", "--tolerate", "30%"], "PARTIAL", 3),
    ],
)
def test_a_job_ends_by_its_tolerance(cloud, options, state, code):
    job_id = "tolerance-" + re.sub(r"\W", "", "".join(options))
    items = [{"id": str(n), "data_type": "probe", **({"fail": "bad"} if n < 3 else {})} for n in range(10)]
    done = cloud.submit(job_id, items, "--type", "", "--wait", "--json", *options)
    assert (done.json["state"], done.code) == (state, code)


@pytest.mark.full
def test_a_job_that_fails_fast_leaves_the_rest_unrun(cloud):
    items = [{"id": "bad", "data_type": "probe.single", "fail": "at once"}] + probes(400, "probe.single", seconds=10)
    done = cloud.submit("fast", items, "--fail-fast", "--wait", "--json")
    assert (done.json["state"], done.code) == ("FAILED", 4)
    assert eventually(lambda: cloud.rollcall("receipt", "fast").code == 0)
    receipt = cloud.rollcall("receipt", "fast", "--json").json
    assert receipt["failed"] == 1 and receipt["not_run"] > 200
    assert "fail-fast" in cloud.rollcall("status", "fast").err


@pytest.mark.full
def test_two_jobs_of_one_lock_do_not_run_at_the_same_time(cloud):
    assert cloud.submit("night-1", probes(1, seconds=100), "--lock", "eod").code == 0
    eventually(lambda: cloud.rollcall("lock", "eod", "--json").json["holder"] == "night-1")
    refused = cloud.submit("night-2", probes(1), "--lock", "eod", "--wait", "--json")
    assert refused.code == 5 and "held by job 'night-1'" in refused.err
    assert cloud.submit("night-3", probes(1), "--lock", "eod", "--lock-wait").code == 0
    assert cloud.rollcall("cancel", "night-1").code == 0
    assert cloud.rollcall("watch", "night-3", "--json").json["state"] == "SUCCEEDED"
    lock = eventually(lambda: (found := cloud.rollcall("lock", "eod", "--json").json)["holder"] is None and found)
    assert [entry["holder"] for entry in lock["history"]] == ["night-3", "night-1"]


@pytest.mark.full
def test_an_idempotent_route_runs_a_chunk_once_though_it_is_handed_out_twice(cloud, env):
    assert (
        cloud.submit("once", [{"id": "once-0", "data_type": "probe.once"}], "--wait", "--json").json["succeeded"] == 1
    )
    result = "jobs/once/results/1/0/00000000.jsonl"
    env.client("s3").delete_object(Bucket=env.deployment.bucket, Key=result)
    row = job_record.update(env.jobs, "once", {"state": "RUNNING"})[1]
    plan = job_record.read_plan(env.jobs, "once", 1)
    (chunk,) = requests(plan, plan.parts[0], [0], int(row["dispatch"]), env.deployment.bucket, env.client("s3"))
    queues.send(env.client("sqs"), plan.parts[0].queue_url, [chunk])
    env.client("lambda").invoke(FunctionName="rollcall-local-sweep-jobs", Payload=b"{}")
    assert eventually(lambda: queues.counts(env.client("sqs"), plan.parts[0].queue_url) == (0, 0))
    eventually(lambda: ran(env, "probe-once", "once") == Counter(["once-0"]))
    time.sleep(3)
    assert ran(env, "probe-once", "once") == Counter(["once-0"])
    job_record.update(env.jobs, "once", {"state": "SUCCEEDED"})
