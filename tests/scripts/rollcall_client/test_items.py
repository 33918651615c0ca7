"""One item is found in each run it was in, with what became of it."""

import json
from types import SimpleNamespace

import pytest
from tests.samples import part
from typer.testing import CliRunner

from rollcall.intake.manifests import write_index, write_manifests
from rollcall.records import jobs as job_record
from rollcall.records.jobs import JobState
from rollcall.records.plans import Plan
from rollcall.records.results import failure_line, result_key, success_line, write_once
from rollcall_cli.main import app
from rollcall_client import items
from rollcall_client.errors import CommandError

IDS = ["a", "b", 'quoted "a"', "ünï\u2028code", "a a", "e", "f"]
SIZES = {"equity": 2, "scenario": 3}


@pytest.fixture
def job(cloud, env):
    """A job of seven items, two of them scenarios; run 2 has some of its items once more."""
    every = [{"id": name, "data_type": "scenario" if name in "ef" else "equity", "said": "a"} for name in IDS]

    def run(number: int, some: list[dict], state: JobState, **fields) -> None:
        manifests = write_manifests(some, SIZES, "job", number, cloud.bucket, cloud.s3)
        write_index(manifests.values(), "job", number, cloud.bucket, cloud.s3)
        parts, chunk = [], 0
        for shard, (name, made) in enumerate(manifests.items()):
            key = f"jobs/job/runs/{number}/manifests/{name}.jsonl"
            parts.append(part(name, len(made.counts), chunk, shard, manifest=key, items=sum(made.counts)))
            chunk += len(made.counts)
        job_record.write_plan(cloud.jobs, Plan("job", number, "", parts))
        row = {"state": state, "run": number, "partitioned_at": job_record.now(), "created_at": job_record.now()}
        cloud.jobs.put_item(Item={**job_record.key("job"), **row, **fields})

    def settle(number: int, chunk: int, some: list[dict], failing: str = "") -> None:
        lines = [
            failure_line(item, ValueError("no price"), False, 3) if item["id"] == failing else success_line(item, 7)
            for item in some
        ]
        write_once(cloud.s3, cloud.bucket, result_key("job", number, chunk), lines, bool(failing))

    return SimpleNamespace(every=every, run=run, settle=settle)


def told(env, item_id: str) -> dict:
    row = job_record.read(env.jobs, "job")
    return items.report(row, items.runs_of(env, row, item_id))


@pytest.mark.parametrize("number", range(len(IDS)))
def test_each_item_is_found_in_its_chunk_whatever_its_id(env, job, number):
    job.run(1, job.every, JobState.RUNNING)
    found = told(env, IDS[number])
    chunk, position = divmod(number, 2) if number < 5 else (3, number - 5)
    (run,) = found["runs"]
    assert (run["chunk"], run["position"], run["state"]) == (chunk, position, "no result")
    assert (found["item"], found["state"]) == (job.every[number], "waiting")


def test_what_became_of_it_is_told_run_by_run(env, job):
    job.run(1, job.every, JobState.PARTIAL)
    job.settle(1, 0, job.every[:2], failing="b")
    failed = told(env, "b")
    assert (failed["state"], failed["error"]["message"]) == ("failed", "no price")
    assert (told(env, "a")["state"], told(env, "a")["result"]) == ("succeeded", 7)
    assert told(env, "f")["state"] == "not run"
    job.run(2, job.every[1:2], JobState.RUNNING)
    assert told(env, "b")["state"] == "waiting"
    job.settle(2, 0, job.every[1:2])
    again = told(env, "b")
    assert [(run["run"], run["state"]) for run in again["runs"]] == [(1, "failed"), (2, "succeeded")]
    assert (again["state"], again["result"], "error" in again) == ("succeeded", 7, False)


def test_a_stranger_is_told_with_a_cure(env, job):
    job.run(1, job.every, JobState.RUNNING)
    with pytest.raises(CommandError, match="job 'job' has no item 'A'; ids are told as they are"):
        told(env, "A")


def test_the_command_tells_it_in_words_and_as_json(env, job, monkeypatch):
    monkeypatch.setattr("rollcall_cli.commands.item.Environment", lambda name: env)
    job.run(1, job.every, JobState.PARTIAL)
    job.settle(1, 0, job.every[:2], failing="b")
    said = CliRunner().invoke(app, ["item", "job", "b", "--env", "local"])
    assert "item b of job job: failed" in said.stderr
    assert "run 1, tried 3×: ValueError: no price" in said.stderr
    as_json = CliRunner().invoke(app, ["item", "job", "a", "--env", "local", "--json"])
    assert json.loads(as_json.stdout)["result"] == 7
