"""A route's queue with chunks in it, and workers for it, in an AWS in memory."""

import json

import pytest

from rollcall import calculations
from rollcall.dispatch import queues
from rollcall.dispatch.slots import Slots
from rollcall.events import ChunkRequested, ChunkSettled, WorkerRequested, parse
from rollcall.ranges import batches
from rollcall.records.results import read_results
from rollcall.settings import Settings
from rollcall.worker.job_gate import JobGate
from rollcall.worker.pull_worker import Worker
from rollcall.worker.tries import Try, try_here


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Bus:
    """Stands for EventBridge: keeps what is put."""

    def __init__(self):
        self.put: list[WorkerRequested] = []

    def put_events(self, Entries: list[dict]) -> dict:
        for entry in Entries:
            message = {
                "source": entry["Source"],
                "detail-type": entry["DetailType"],
                "detail": json.loads(entry["Detail"]),
            }
            self.put.append(parse(message, WorkerRequested))
        return {"Entries": [{} for _ in Entries]}


class Here:
    """Stands for a process of its own, which would not know the calculation of a test."""

    def __init__(self, *given):
        self.given = given

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def make_ready(self) -> None:
        pass

    def run(self, item: dict, attempt: int) -> Try:
        data_type, job, timeout_seconds, _ = self.given
        return try_here(item, data_type, job, attempt, timeout_seconds)


class Place:
    """The route "work" of the job "job", whose calculation doubles `n` and fails on negative ones."""

    def __init__(self, cloud, clock: Clock):
        self.cloud, self.clock, self.bus = cloud, clock, Bus()
        self.s3, self.sqs, self.bucket = cloud.s3, cloud.sqs, cloud.bucket
        self.settlements_url, self.url = cloud.queue("settlements"), cloud.queue("route")
        self.slots = Slots(cloud.workers, self.bus, "bus", clock)
        self.settings = Settings(
            bucket=cloud.bucket,
            target="lambda",
            max_attempts="3",
            settlements_queue_url=self.settlements_url,
            route_queue_url=self.url,
        )
        self.stand()

    def stand(self, state: str = "RUNNING", run: int = 1, dispatch: int = 1, job_id: str = "job") -> None:
        row = {"job_id": job_id, "record": "job", "state": state, "run": run, "dispatch": dispatch}
        self.cloud.jobs.put_item(Item=row)

    def chunk(self, number: int, values: list[int], run: int = 1, dispatch: int = 1) -> ChunkRequested:
        """Write a manifest of one chunk and return the request for it."""
        lines = [json.dumps({"id": f"{number}-{i}", "data_type": "work", "n": n}) for i, n in enumerate(values)]
        body = ("\n".join(lines) + "\n").encode()
        key = f"jobs/job/manifests/{number}.jsonl"
        self.s3.put_object(Bucket=self.bucket, Key=key, Body=body)
        return ChunkRequested("job", run, number, dispatch, "work", key, 0, len(body), len(values), "")

    def enqueue(self, *chunks: ChunkRequested) -> None:
        for some in batches(chunks, queues.BATCH):
            queues.send(self.sqs, self.url, some, group="job")

    def worker(self, seconds: float = 900, slot: int = 0, name: str = "worker", **given) -> Worker:
        ends_at = self.clock() + seconds
        request = WorkerRequested("work", slot, name, 1)
        job_gate = JobGate(self.cloud.jobs, self.clock)
        clocks = {"clock": self.clock, "sleep": self.clock.sleep}
        left = lambda: ends_at - self.clock()  # noqa: E731
        return Worker(request, self.settings, self.s3, self.sqs, self.slots, job_gate, left, **{**clocks, **given})

    def work(self, *chunks: ChunkRequested, **given) -> int:
        self.enqueue(*chunks)
        return self.worker(**given).work("task")

    def messages(self, url: str) -> list[dict]:
        found = []
        names = ["ApproximateReceiveCount", "MessageGroupId"]
        while some := self.sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, MessageSystemAttributeNames=names
        ).get("Messages"):
            found += some
        return found

    def waiting(self) -> list[int]:
        """The numbers of the chunks that anyone may take now; they are taken by this."""
        return sorted(parse(message["Body"], ChunkRequested).chunk for message in self.messages(self.url))

    def settlements(self) -> list[ChunkSettled]:
        return [parse(message["Body"], ChunkSettled) for message in self.messages(self.settlements_url)]

    def results(self) -> list[dict]:
        return list(read_results(self.s3, self.bucket, "job"))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def calculate(monkeypatch):
    """Replace the calculation: calculate(function of an item)."""

    def replace(function) -> None:
        monkeypatch.setattr(calculations, "load_all", lambda: None)
        monkeypatch.setattr(calculations, "_registry", {"work": lambda item, job: function(item)})

    return replace


@pytest.fixture
def place(cloud, clock, calculate, monkeypatch) -> Place:
    def work(item: dict) -> dict:
        if item["n"] < 0:
            raise ValueError(f"n is {item['n']}; give a positive one")
        return {"n": item["n"] * 2}

    calculate(work)
    monkeypatch.setattr("rollcall.worker.pull_worker.LONG_POLL_SECONDS", 0)
    monkeypatch.setattr("rollcall.worker.chunks.IsolatedProcess", Here)
    return Place(cloud, clock)
