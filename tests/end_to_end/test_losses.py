"""Workers that really die: each chunk of theirs is repeated, or fails by name, and the job ends."""

import contextlib
import json
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import boto3
import psutil
import pytest
from botocore.exceptions import ClientError
from tests.end_to_end.commands import eventually
from tests.end_to_end.looking import ran

from generate_book import generate_book
from rollcall.dispatch import queues
from rollcall.dispatch.dispatcher import requests
from rollcall.events import ChunkSettled
from rollcall.records import jobs as job_record
from rollcall.records.rows import SlotRow
from rollcall_client import executions

POLL_SECONDS = 0.02


class Killer:
    """Kills, without warning, every process of the cloud whose command line holds all of some words."""

    def __init__(self, server: psutil.Process, *words: str, at_most: int = 1000):
        self.server, self.words, self.left = server, words, at_most
        self.killed: set[int] = set()
        self.done = threading.Event()

    def __enter__(self):
        self.thread = threading.Thread(target=self.kill_until_done, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.done.set()
        self.thread.join()

    def kill_until_done(self) -> None:
        while not self.done.is_set() and self.left:
            for process in self.server.children(recursive=True):
                with contextlib.suppress(psutil.NoSuchProcess):
                    line = process.cmdline()
                    if process.pid not in self.killed and self.left and all(self.is_in(line, w) for w in self.words):
                        process.kill()
                        self.killed.add(process.pid)
                        self.left -= 1
            time.sleep(POLL_SECONDS)

    @staticmethod
    def is_in(line: list[str], words: str) -> bool:
        """`words` are neighbouring arguments, or a part of one."""
        return f" {words} " in f" {' '.join(line)} " or any(words in argument for argument in line)


@pytest.fixture
def book(tmp_path):
    def write(data_type: str, count: int) -> str:
        some = (item for item in generate_book(count * 100) if item["data_type"] == data_type)
        lines = [json.dumps(item) for item, _ in zip(some, range(count), strict=False)]
        (tmp_path / "book.jsonl").write_text("\n".join(lines) + "\n")
        return str(tmp_path / "book.jsonl")

    return write


def errors(cloud, job_id: str) -> Counter:
    lines = map(json.loads, cloud.rollcall("results", job_id, "--failed").out.splitlines())
    return Counter((line["error"]["type"], line["error"]["message"]) for line in lines)


@pytest.mark.full
def test_a_fargate_worker_that_dies_once_is_started_again_and_nothing_is_lost(cloud, book):
    with Killer(cloud.server(), "rollcall.worker", "--data_type option.american", at_most=1) as killer:
        done = cloud.rollcall("submit", book("option.american", 10), "--id", "dies-once", "--wait", "--json")
    assert len(killer.killed) == 1
    assert (done.json["state"], done.json["succeeded"], done.json["failed"]) == ("SUCCEEDED", 10, 0)


def poison(data_type: str) -> list[dict]:
    """Four items, each a chunk of its own; the second kills every worker that takes it."""
    return [{"id": str(n), "data_type": data_type, **({"die": True} if n == 1 else {})} for n in range(4)]


@pytest.mark.parametrize("data_type", ["probe.single", "probe.task", "probe.job"])
def test_a_chunk_that_kills_every_worker_fails_by_name_and_the_others_succeed(cloud, data_type):
    job_id = data_type.replace(".", "-")
    done = cloud.submit(job_id, poison(data_type), "--wait", "--json")
    assert (done.json["state"], done.json["succeeded"], done.json["failed"]) == ("PARTIAL", 3, 1)
    ((kind, message),) = errors(cloud, job_id)
    assert kind == "WorkerLost" and "every process that ran it died (3 times); the last time it was killed" in message


@pytest.mark.full
def test_a_container_that_ends_well_without_settling_counts_as_lost(cloud):
    items = [{"id": str(n), "data_type": "probe.task", **({"exit": 0} if n == 1 else {})} for n in range(2)]
    done = cloud.submit("exits-well", items, "--wait", "--json")
    assert (done.json["state"], done.json["succeeded"], done.json["failed"]) == ("PARTIAL", 1, 1)
    ((kind, message),) = errors(cloud, "exits-well")
    assert kind == "WorkerLost" and "the last time it ended with exit code 0" in message


@pytest.mark.full
@pytest.mark.parametrize("data_type", ["probe.many.task", "probe.many.job"])
def test_a_container_that_is_stopped_by_hand_is_replaced_and_only_the_item_at_work_runs_again(cloud, env, data_type):
    job_id = f"stopped-{data_type.replace('.', '-')}"
    items = [{"id": f"{job_id}-{n}", "data_type": data_type, "seconds": 1} for n in range(20)]
    assert cloud.submit(job_id, items).code == 0

    def at_work() -> SlotRow | None:
        """The row of the slot that has the job, not of a worker that died a moment ago."""
        return next((row for row in env.slots.live(data_type, 100).values() if row.get("jobs") == [job_id]), None)

    row = eventually(at_work)
    if data_type == "probe.many.task":
        env.client("ecs").stop_task(cluster="rollcall-local", task=row["task"], reason="by hand")
    else:
        env.client("batch").terminate_job(jobId=row["task"], reason="by hand")
    done = cloud.rollcall("watch", job_id, "--json").json
    assert (done["state"], done["succeeded"]) == ("SUCCEEDED", 20)
    assert cloud.rollcall("receipt", job_id, "--json").json["attempts"] == 2
    runs = eventually(lambda: len(found := ran(env, data_type.replace(".", "-"), job_id)) == 20 and found)
    assert sum(runs.values()) <= 21


@pytest.mark.full
def test_a_lambda_that_runs_out_of_time_loses_only_what_it_was_at(cloud):
    """The probe sleeps for longer than its worker may live; so it does when it is run apart."""
    items = [{"id": str(n), "data_type": "probe.short", "seconds": 90 if n == 1 else 0} for n in range(4)]
    done = cloud.submit("probe-late", items, "--wait", "--json")
    assert (done.json["state"], done.json["succeeded"], done.json["failed"]) == ("PARTIAL", 3, 1)
    ((kind, message),) = errors(cloud, "probe-late")
    assert kind == "DeadlineExceeded" and "raise timeout_minutes" in message


@pytest.fixture
def own_sender(env):
    """A client of SQS that the settlements' queue takes for a role of the deployment's own."""
    iam, name = env.client("iam"), "rollcall-local-sender"
    trust = {"Effect": "Allow", "Principal": {"AWS": "000000000000"}, "Action": "sts:AssumeRole"}
    send = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="send", PolicyDocument=policy(send))
    given = env.client("sts").assume_role(RoleArn=arn, RoleSessionName="sender")["Credentials"]
    keys = {"aws_access_key_id": given["AccessKeyId"], "aws_secret_access_key": given["SecretAccessKey"]}
    yield boto3.client("sqs", aws_session_token=given["SessionToken"], **keys, **env.options)
    iam.delete_role_policy(RoleName=name, PolicyName="send")
    iam.delete_role(RoleName=name)


def policy(statement: dict) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.mark.refused("sqs:SendMessage")
def test_nobody_but_the_deployments_own_roles_sends_settlements(env):
    with pytest.raises(ClientError, match="explicit deny in a resource-based policy"):
        env.client("sqs").send_message(QueueUrl=env.deployment.settlements_queue_url, MessageBody="{}")


@pytest.mark.full
def test_a_settlement_that_cannot_be_taken_is_put_aside_with_the_reason_and_nothing_else_is_held_up(
    cloud, env, own_sender
):
    assert cloud.submit("aside", [{"id": "0", "data_type": "probe"}], "--wait").code == 0
    forged = ChunkSettled("nobody", 1, 0, 1, 9, 0, "lambda", "2026-01-01T00:00:00Z", "2026-01-01T00:00:01Z")
    queue_url = env.deployment.settlements_queue_url
    queues.send(own_sender, queue_url, [forged])
    own_sender.send_message(QueueUrl=queue_url, MessageBody='{"detail-type": "Chunk Settled"}')

    def reasons() -> list[str]:
        listed = cloud.rollcall("dlq", "list", "--json").json
        return [reason for queue in listed for reason in queue["reasons"]]

    expected = ("job 'nobody' has no run 1", "Chunk Settled: data must contain")
    assert eventually(lambda: all(words in " ".join(reasons()) for words in expected))
    assert cloud.submit("not-held-up", [{"id": "0", "data_type": "probe"}], "--wait").code == 0
    env.client("sqs").purge_queue(QueueUrl=env.deployment.dead_settlements_queue_url)


@pytest.fixture
def no_function(cloud, env):
    env.client("lambda").delete_function(FunctionName="rollcall-local-route-option-european")
    yield
    assert cloud.deploy("apply").code == 0


@pytest.mark.full
def test_chunks_whose_function_is_gone_fail_by_name(cloud, book, no_function):
    done = cloud.rollcall("submit", book("option.european", 40), "--id", "no-function", "--wait", "--json")
    assert (done.json["state"], done.json["failed"]) == ("FAILED", 40)
    ((kind, message),) = errors(cloud, "no-function")
    assert kind == "WorkerLost" and "no worker of route 'option.european' came to work" in message


@pytest.fixture
def no_job_definition(env):
    """The rule of a Batch route names a job definition that is not there."""
    events, rule = env.client("events"), {"Rule": "rollcall-local-probe-job", "EventBusName": env.deployment.bus}
    (target,) = events.list_targets_by_rule(**rule)["Targets"]
    broken = {**target["BatchParameters"], "JobDefinition": "never-registered"}
    events.put_targets(**rule, Targets=[{**target, "BatchParameters": broken}])
    yield
    events.put_targets(**rule, Targets=[target])


@pytest.mark.refused("batch:SubmitJob")
def test_chunks_whose_workers_are_refused_for_good_fail_by_name_and_tell_what_the_platform_said(
    cloud, no_job_definition
):
    items = [{"id": str(n), "data_type": "probe.job"} for n in range(3)]
    done = cloud.submit("no-definition", items, "--wait", "--json")
    assert (done.json["state"], done.json["failed"]) == ("FAILED", 3)
    ((kind, message),) = errors(cloud, "no-definition")
    assert kind == "WorkerLost" and "no worker of route 'probe.job' came to work" in message
    assert "its worker could not be started: NO_PERMISSIONS" in message and "never-registered" in message


@pytest.mark.full
def test_a_chunk_in_a_queue_that_nobody_pulls_gets_a_worker(cloud, env, book):
    job = cloud.rollcall("submit", book("equity", 40), "--id", "stranded", "--wait", "--json").json
    plan = job_record.read_plan(env.jobs, job["job_id"], 1)
    sqs, queue_url = env.client("sqs"), plan.parts[0].queue_url
    (chunk,) = requests(plan, plan.parts[0], [0], 1, env.deployment.bucket, env.client("s3"))
    eventually(lambda: env.slots.live("equity", 100) == {})
    queues.send(sqs, queue_url, [chunk])
    answer = env.client("lambda").invoke(FunctionName="rollcall-local-sweep-jobs", Payload=b"{}")
    started = json.loads(answer["Payload"].read())["started"]  # for other routes, too, if chunks of theirs are left
    assert started.get("equity", 1) == 1  # not there: the schedule was quicker
    assert eventually(lambda: queues.counts(sqs, queue_url) == (0, 0))


@pytest.mark.full
def test_why_names_exactly_the_chunks_that_were_dropped_and_the_sweeper_lays_them_anew(cloud, env):
    """Three of five chunks vanish from their queue; the sweeper, told that hours have passed, misses them.

    No other test has had a worker of this route, which might take a last look at the queue.
    """
    route, rule = "probe.dropped", {"Name": "rollcall-local-probe-dropped", "EventBusName": env.deployment.bus}
    env.client("events").disable_rule(**rule)  # no worker starts
    try:
        assert cloud.submit("dropped", [{"id": str(n), "data_type": route} for n in range(5)]).code == 0
        eventually(lambda: "dispatched_at" in job_record.read(env.jobs, "dropped"))
        sqs, queue_url = env.client("sqs"), env.routes[route].queue_url
        messages = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)["Messages"]
        by_chunk = {json.loads(message["Body"])["detail"]["chunk"]: message["ReceiptHandle"] for message in messages}
        queues.delete(sqs, queue_url, [by_chunk[chunk] for chunk in (1, 2, 4)])
        queues.hide(sqs, queue_url, [by_chunk[chunk] for chunk in (0, 3)], 0)
    finally:
        env.client("events").enable_rule(**rule)
    for slot in env.slots.live(route, 100).values():  # their starts were never told of
        env.slots.table.delete_item(Key={"route": slot["route"], "slot": slot["slot"]})
    sweep(env)
    told = eventually(lambda: (why := cloud.rollcall("why", "dropped", "--json").json)["why"][0] == "3" and why)
    assert told["why"].startswith("3 of 5 chunks have not settled")
    ((data_type, chunks),) = [(w["data_type"], w["chunks"]) for w in told["waiting_for"]]
    assert (data_type, chunks) == (route, [1, 2, 4])
    eventually(lambda: env.slots.live(route, 100) == {})
    sweep(env, hours=1)
    assert cloud.rollcall("watch", "dropped", "--json").json["state"] == "SUCCEEDED"
    assert "it waits for nothing: it ended SUCCEEDED at" in cloud.rollcall("why", "dropped").err
    swept = [event for event in job_record.read(env.jobs, "dropped")["timeline"] if event["what"] == "swept"]
    assert [event["chunks"] for event in swept] == [{route: [[1, 2], [4, 4]]}]


def sweep(env, hours: int = 0) -> None:
    """Call the sweeper now, as if some hours had passed."""
    at = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
    env.client("lambda").invoke(FunctionName="rollcall-local-sweep-jobs", Payload=json.dumps({"time": at}).encode())


@pytest.mark.full
def test_a_job_past_its_deadline_ends_by_name_and_what_has_not_run_is_counted(cloud, env):
    items = [{"id": f"late-{n}", "data_type": "probe.single", "seconds": 60} for n in range(100)]
    assert cloud.submit("late", items, "--deadline", "30m").code == 0
    eventually(lambda: "dispatched_at" in job_record.read(env.jobs, "late"))
    sweep(env, hours=1)
    ended = cloud.rollcall("watch", "late", "--json")
    done = ended.json
    assert (ended.code, done["state"]) == (4, "FAILED")
    assert done["not_run"] > 0 and done["succeeded"] + done["not_run"] == 100
    assert done["error"] == f"its deadline, {done['deadline_at']}, has passed"
    assert (executions.execution(env, "late") or {})["status"] == "ABORTED"
    assert cloud.rollcall("verify", "late").code == 0


@pytest.mark.full
def test_a_job_whose_execution_broke_is_picked_up_and_ends(cloud, env, tmp_path):
    """The function that arms the barrier cannot be called for a while, so the state machine gives up."""
    machine = env.deployment.state_machine_arn
    definition = env.client("stepfunctions").describe_state_machine(stateMachineArn=machine)["definition"]
    broken = json.loads(definition)
    broken["States"]["AwaitBarrier"] = {"Type": "Fail", "Error": "Broken", "Cause": "for the test"}
    env.client("stepfunctions").update_state_machine(stateMachineArn=machine, definition=json.dumps(broken))
    try:
        items = [{"id": str(n), "data_type": "probe.single", "seconds": 0.2} for n in range(40)]
        assert cloud.submit("picked-up", items).code == 0
        eventually(lambda: (executions.execution(env, "picked-up") or {}).get("status") == "FAILED")
    finally:
        env.client("stepfunctions").update_state_machine(stateMachineArn=machine, definition=definition)
    sweep(env)
    assert cloud.rollcall("watch", "picked-up", "--json").json["succeeded"] == 40
    assert "restarted" in [event["what"] for event in job_record.read(env.jobs, "picked-up")["timeline"]]
