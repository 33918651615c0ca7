"""Workers that really die: each chunk of theirs is repeated, or fails by name, and the job ends."""

import contextlib
import json
import threading
import time
from collections import Counter

import psutil
import pytest

from generate_book import generate_book
from rollcall import queues
from rollcall.events import ChunkRequested, envelope
from rollcall.jobs import plan_of
from rollcall.manifests import read_index
from rollcall_cli import reading

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
    return Counter((line["error"]["type"], line["error"]["message"].split(";")[0]) for line in lines)


def test_a_fargate_worker_that_dies_once_is_started_again_and_nothing_is_lost(cloud, book):
    with Killer(cloud.server(), "--job_id dies-once", "--chunk 0", at_most=1) as killer:
        done = cloud.rollcall("submit", book("option.american", 10), "--id", "dies-once", "--wait", "--json")
    assert len(killer.killed) == 1
    assert (done.json["state"], done.json["succeeded"], done.json["failed"]) == ("SUCCEEDED", 10, 0)


def test_a_fargate_chunk_whose_workers_always_die_fails_by_name_after_all_attempts(cloud, book):
    with Killer(cloud.server(), "--job_id dies-always", "--chunk 0") as killer:
        done = cloud.rollcall("submit", book("option.american", 10), "--id", "dies-always", "--wait", "--json")
    assert len(killer.killed) == 3  # max_attempts
    assert (done.json["state"], done.json["succeeded"], done.json["failed"]) == ("PARTIAL", 5, 5)
    ((kind, message),) = errors(cloud, "dies-always")
    assert kind == "WorkerLost" and "its Fargate task ended (exit code 137)" in message


def test_a_batch_chunk_whose_workers_always_die_fails_by_name(cloud, book):
    with Killer(cloud.server(), "--job_id batch-dies", "--chunk 0") as killer:
        done = cloud.rollcall("submit", book("scenario", 7), "--id", "batch-dies", "--wait", "--json")
    assert len(killer.killed) == 3
    assert (done.json["state"], done.json["succeeded"], done.json["failed"]) == ("PARTIAL", 2, 5)
    ((kind, message),) = errors(cloud, "batch-dies")
    assert kind == "WorkerLost" and "its Batch job failed after 3 attempts" in message


def test_a_lambda_that_always_dies_fails_its_items_by_name(cloud, book):
    with Killer(cloud.server(), "rollcall-local-route-option-european"):
        done = cloud.rollcall("submit", book("option.european", 40), "--id", "lambda-dies", "--wait", "--json")
    assert (done.code, done.json["state"], done.json["failed"]) == (4, "FAILED", 40)
    ((kind, message),) = errors(cloud, "lambda-dies")
    assert kind == "WorkerLost" and "Lambda gave up after 3 invocations (RetriesExhausted)" in message


@pytest.fixture
def no_function(cloud, env):
    env.client("lambda").delete_function(FunctionName="rollcall-local-route-option-european")
    yield
    assert cloud.deploy("apply").code == 0


def test_chunks_whose_function_is_gone_fail_by_name(cloud, book, no_function):
    done = cloud.rollcall("submit", book("option.european", 40), "--id", "no-function", "--wait", "--json")
    assert (done.json["state"], done.json["failed"]) == ("FAILED", 40)
    ((kind, message),) = errors(cloud, "no-function")
    assert kind == "WorkerLost" and "its worker could not be started" in message


def test_a_chunk_in_a_queue_that_nobody_pulls_gets_a_worker(cloud, env, book):
    job = cloud.rollcall("submit", book("equity", 40), "--id", "stranded", "--wait", "--json").json
    part = plan_of(reading.job_row(env, job["job_id"])).parts[0]
    request = ChunkRequested("stranded", 1, 0, 1, "equity", part.manifest, 0, 10, 1, "")
    sqs = env.client("sqs")
    sqs.send_message(QueueUrl=part.queue_url, MessageBody=json.dumps(envelope(request)))
    answer = env.client("lambda").invoke(FunctionName="rollcall-local-wake-routes", Payload=b"{}")
    assert json.loads(answer["Payload"].read()) in (["equity"], [])  # [] when the schedule has been quicker
    left = sqs.get_queue_attributes(QueueUrl=part.queue_url, AttributeNames=["ApproximateNumberOfMessages"])
    assert left["Attributes"]["ApproximateNumberOfMessages"] == "0"


@pytest.fixture
def equity_rule_off(env):
    rule = {"Name": "rollcall-local-equity", "EventBusName": env.deployment.bus}
    env.client("events").disable_rule(**rule)
    yield lambda: env.client("events").enable_rule(**rule)
    env.client("events").enable_rule(**rule)


def test_why_names_exactly_the_chunks_that_were_dropped(cloud, env, book, equity_rule_off):
    book_path = book("equity", 150)
    assert cloud.rollcall("submit", book_path, "--id", "dropped").code == 0
    wait_until(lambda: "dispatched_at" in reading.job_row(env, "dropped"))
    told = cloud.rollcall("why", "dropped", "--json").json
    assert told["why"] == "3 of 3 chunks have not settled"
    ((data_type, chunks),) = [(w["data_type"], w["chunks"]) for w in told["waiting_for"]]
    assert (data_type, chunks) == ("equity", [0, 1, 2])

    equity_rule_off()  # back on
    plan = plan_of(reading.job_row(env, "dropped"))
    index = read_index("dropped", env.deployment.bucket, env.client("s3"), 0, 3)
    for number, (offset, length, items) in enumerate(index):
        request = ChunkRequested(
            "dropped", 1, number, 1, "equity", plan.parts[0].manifest, offset, length, items, plan.input
        )
        queues.put(env.client("events"), env.deployment.bus, [request])
    assert cloud.rollcall("watch", "dropped", "--json").json["state"] == "SUCCEEDED"
    assert "it waits for nothing: it ended SUCCEEDED at" in cloud.rollcall("why", "dropped").err


def wait_until(look, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not look():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.1)
