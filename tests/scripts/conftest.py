"""An environment whose AWS is in memory: the commands' own code, and state machines that only start and stop."""

import json
from dataclasses import fields
from types import SimpleNamespace

import pytest
from tests.conftest import REGION
from tests.samples import route

from rollcall.intake.manifests import INDEX_WIDTH, index_key
from rollcall.records import jobs as job_record
from rollcall.records.jobs import OPEN, JobState
from rollcall.records.plans import Plan
from rollcall_client.environment import Deployment, Environment


class Functions:
    """Stands for Lambda at the one call the commands make."""

    def __init__(self):
        self.invoked: list[tuple[str, dict]] = []

    def invoke(self, FunctionName: str, InvocationType: str, Payload: bytes) -> None:
        assert InvocationType == "Event"
        self.invoked.append((FunctionName, json.loads(Payload)))


@pytest.fixture
def env(cloud, monkeypatch) -> Environment:
    monkeypatch.setattr(Environment, "options", {})
    made = Environment("local")
    machine = made.client("stepfunctions").create_state_machine(
        name="job",
        definition=json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}),
        roleArn="arn:aws:iam::123456789012:role/job",
    )
    names = {field.name: field.name for field in fields(Deployment)} | {
        "environment": "local",
        "region": REGION,
        "bucket": cloud.bucket,
        "bus": "default",
        "jobs_table": "jobs",
        "progress_table": "progress",
        "workers_table": "workers",
        "state_machine_arn": machine["stateMachineArn"],
        "settlements_queue_url": cloud.queue("settlements"),
        "dead_settlements_queue_url": cloud.queue("settlements-dlq"),
        "undelivered_queue_url": cloud.queue("undelivered-dlq"),
        "dead_merges_queue_url": cloud.queue("merges-dlq"),
        "next_steps": ["valuation"],
        "engines": ["events", "map"],
    }
    made.deployment = Deployment(**names)
    queues = {"equity": "equity", "scenario": "scenario", "*": "unrouted"}
    made.routes = {name: route(name, cloud.queue(queue)) for name, queue in queues.items()}
    vars(made)["functions"] = Functions()
    client = Environment.client
    monkeypatch.setattr(
        Environment, "client", lambda self, name: self.functions if name == "lambda" else client(self, name)
    )
    return made


@pytest.fixture
def written(env):
    """Write a job's row, with its plan and its chunk index if it has parts, and start its execution."""

    def write(state: JobState, parts=(), run: int = 1, **fields) -> SimpleNamespace:
        plan = Plan("job", run, "", list(parts))
        row = {**job_record.key("job"), "state": state, "run": run, "dispatch": 1, "restarts": 0, "sweeps": 0}
        row["engine"] = plan.engine
        row |= {"created_at": "2026-01-01T00:00:00.000+00:00"} | ({} if state.ended else OPEN)
        if parts:
            job_record.write_plan(env.jobs, plan)
            row["partitioned_at"] = "2026-01-01T00:00:01.000+00:00"
            write_index(env, plan)
        env.jobs.put_item(Item={**row, **fields})
        return SimpleNamespace(plan=plan, row=job_record.read(env.jobs, "job"))

    return write


def write_index(env: Environment, plan: Plan) -> None:
    """The chunk index of a plan with ten items a chunk, and as many as are left in the last of each part."""
    lines = []
    for part in plan.parts:
        sizes = [10] * (part.chunks - 1) + [part.items - 10 * (part.chunks - 1)]
        lines += [json.dumps([0, 1, size], separators=(",", ":")).ljust(INDEX_WIDTH - 1) + "\n" for size in sizes]
    key = index_key(plan.job_id, plan.run)
    env.client("s3").put_object(Bucket=env.deployment.bucket, Key=key, Body="".join(lines).encode())
