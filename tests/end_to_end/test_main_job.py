"""The promise, end to end: one request, calculations on three kinds of compute, one exact release."""

import json
from math import fsum

import pytest
from tests.end_to_end.commands import PYTHON, eventually

from generate_book import generate_book
from rollcall import calculations
from rollcall.calculations import Job
from rollcall.dispatch import queues
from rollcall.events import ChunkSettled
from rollcall.ranges import batches
from rollcall.records import jobs as job_record
from rollcall.records import products
from rollcall.records.results import read_results
from rollcall_client import executions
from rollcall_client.environment import ROOT

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def demo(session_cloud) -> dict:
    """What `make demo` runs once the cloud is up, and the report it leaves."""
    done = session_cloud.must(PYTHON, "scripts/demo.py")
    return {"words": done.err, **json.loads((ROOT / "build" / "demo" / "report.json").read_text())}


def test_the_demo_answers_every_item_on_its_own_target_and_releases_once(demo):
    assert (demo["status"], demo["items"], demo["succeeded"], demo["failed"]) == ("SUCCEEDED", 1500, 1500, 0)
    assert demo["per_target"] == {"lambda": 1400, "fargate": 80, "batch": 20}
    assert demo["releases"] == 1


def test_the_demo_says_how_to_look_around_and_how_to_stop(demo):
    for words in ("rollcall results", "rollcall routes", "make down", "option.american"):
        assert words in demo["words"]


def test_the_total_is_the_sum_of_the_calculations_run_here(demo):
    """The same plain functions, called without any cloud, over the same book."""
    positions = [item for item in generate_book(1500) if item["data_type"] != "scenario"]
    values = [calculations.find(item["data_type"])(item, Job("here", ""))["value"] for item in positions]
    assert demo["total_value"] == pytest.approx(fsum(values), rel=1e-12)


def test_every_item_has_exactly_one_result(demo, env):
    lines = list(read_results(env.client("s3"), env.deployment.bucket, demo["job_id"]))
    assert sorted(line["id"] for line in lines) == sorted(item["id"] for item in generate_book(1500))
    assert all(line["ok"] for line in lines)


def test_its_results_are_merged_into_files_that_verify_finds_true(demo, cloud, env):
    s3, bucket = env.client("s3"), env.deployment.bucket
    manifest = eventually(lambda: products.read_manifest(s3, bucket, demo["job_id"], 1))
    assert (manifest["succeeded"], manifest["failed"], manifest["not_run"]) == (1500, 0, 0)
    lines = map(json.loads, cloud.rollcall("results", demo["job_id"]).out.splitlines())
    in_order = sorted(lines, key=lambda line: line["id"])
    assert in_order == sorted(read_results(s3, bucket, demo["job_id"]), key=lambda line: line["id"])
    assert cloud.rollcall("verify", demo["job_id"]).code == 0
    summary = json.loads(job_record.read(env.jobs, demo["job_id"])["summary"])
    assert summary["products"] == f"s3://{bucket}/{products.manifest_key(demo['job_id'], 1)}"


def test_the_history_of_a_job_does_not_grow_with_its_items(demo, cloud, env, tmp_path):
    book = tmp_path / "small.jsonl"
    book.write_text("\n".join(json.dumps(item) for item in generate_book(75)) + "\n")
    job = cloud.rollcall("submit", str(book), "--type", "valuation", "--wait", "--json").json
    assert job["items"] == 75
    assert len(executions.history(env, job["job_id"])) == demo["history_events"]


def test_repeating_every_settlement_of_an_ended_job_changes_nothing(demo, cloud, env):
    before = cloud.rollcall("status", demo["job_id"], "--json").json
    chunks = [chunk for part in before["data_types"] for chunk in range(part["chunks"])]
    repeats = [
        ChunkSettled(demo["job_id"], 1, n, 1, 0, 9, "lambda", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z")
        for n in range(len(chunks))
    ]
    for batch in batches(repeats, queues.BATCH):
        queues.put(env.client("events"), env.deployment.bus, batch)  # the bus leads them to the tracker, too
    wait_until_empty(env, env.deployment.settlements_queue_url)
    assert cloud.rollcall("status", demo["job_id"], "--json").json == before
    assert executions.releases(executions.history(env, demo["job_id"])) == 1


def wait_until_empty(env, queue_url: str) -> None:
    import time

    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    quiet = 0
    while quiet < 5:
        found = env.client("sqs").get_queue_attributes(QueueUrl=queue_url, AttributeNames=names)["Attributes"]
        quiet = quiet + 1 if set(found.values()) == {"0"} else 0
        time.sleep(0.2)
