"""The product's starters and workers as actions of the model of slots."""

import json
from itertools import count
from types import SimpleNamespace

from tests.protocol.database import Table
from tests.protocol.replay import Process, Recorded, Replayer
from tests.protocol.slots_model import Budget, SlotsModel
from tests.samples import part, route

from rollcall.dispatch import slots, start_workers
from rollcall.dispatch.dispatcher import Dispatcher
from rollcall.events import ChunkRequested, ChunkSettled, WorkerRequested, envelope
from rollcall.records.plans import Plan
from rollcall.settings import Settings
from rollcall.worker.chunks import Writing
from rollcall.worker.pull_worker import Worker

AT = "2026-01-01T00:00:00.000+00:00"
QUEUE, SETTLEMENTS = "route queue", "settlements queue"
LONGER_THAN_ANY_LEASE = 1_000_000
SETTINGS = Settings(
    bucket="bucket", route_queue_url=QUEUE, settlements_queue_url=SETTLEMENTS, target="lambda", max_attempts="3"
)


def body(chunk: int) -> str:
    return json.dumps(envelope(request(chunk)))


def request(chunk: int, dispatch: int = 1) -> ChunkRequested:
    return ChunkRequested("job", 1, chunk, dispatch, "equity", "m", 0, 1, 1, "")


class Sqs:
    """The calls of SQS that starters and workers make. A settlement sent is no step: nobody here waits for it."""

    class exceptions:  # noqa: N801  as a client has it
        QueueDoesNotExist = KeyError
        OverLimit = TimeoutError

    def __init__(self, recorded: Recorded):
        self.recorded = recorded
        self.beat = lambda: None
        self.numbers = count()

    def receive_message(self, QueueUrl, MaxNumberOfMessages, WaitTimeSeconds, MessageSystemAttributeNames):
        answer = self.recorded.ask("sqs", "receive", most=MaxNumberOfMessages, wait=WaitTimeSeconds)
        if answer["over_limit"]:
            raise self.exceptions.OverLimit
        if answer["beat"]:
            self.beat()
        attributes = {"ApproximateReceiveCount": "1", "MessageGroupId": "job"}
        received = [(body, f"{body}#{next(self.numbers)}") for body in answer["bodies"]]
        return {"Messages": [{"Body": b, "ReceiptHandle": handle, "Attributes": attributes} for b, handle in received]}

    def send_message_batch(self, QueueUrl, Entries):
        if QueueUrl == QUEUE:
            self.recorded.ask("sqs", "send", bodies=[entry["MessageBody"] for entry in Entries])
        return {}

    def delete_message_batch(self, QueueUrl, Entries):
        self.recorded.ask("sqs", "delete", bodies=[entry["ReceiptHandle"].rpartition("#")[0] for entry in Entries])

    def change_message_visibility_batch(self, QueueUrl, Entries):
        pass

    def get_queue_attributes(self, QueueUrl, AttributeNames):
        waiting = self.recorded.ask("sqs", "count")["waiting"]
        return {"Attributes": dict(zip(AttributeNames, (waiting, 0), strict=True))}


class Bus:
    def __init__(self, recorded: Recorded):
        self.recorded = recorded

    def put_events(self, Entries):
        self.recorded.ask("events", "put", starts=[entry["Detail"] for entry in Entries])
        return {"Entries": [{} for _ in Entries]}


def places(recorded: Recorded, who: str, time: int) -> slots.Slots:
    """The slots as a process sees them; the workers it starts are named after it."""
    names = iter(f"{who}{number}" for number in range(100))
    vars(slots)["uuid"] = SimpleNamespace(uuid4=lambda: SimpleNamespace(hex=next(names)))
    clock = time * LONGER_THAN_ANY_LEASE
    return slots.Slots(Table("workers", recorded.table), Bus(recorded), "bus", clock=lambda: clock)


def model(chunks: int, max_concurrency: int, budget: Budget, dispatchers: int = 1) -> SlotsModel:
    equity = part("equity", chunks, queue_url=QUEUE, max_concurrency=max_concurrency)

    def dispatch(recorded: Recorded, name: str, *numbers: int) -> None:
        one = Plan("job", 1, "", [equity])
        Dispatcher(None, Sqs(recorded), "bucket", places(recorded, name, 0)).dispatch(one, {"equity": list(numbers)}, 1)

    def sweep(recorded: Recorded, time: int) -> None:
        served = route("equity", QUEUE, max_concurrency=max_concurrency)
        start_workers.start_needed_workers(served, Sqs(recorded), places(recorded, f"sweeper {time}-", time))

    def work(recorded: Recorded, text: str, task: str, time: int) -> None:
        def run(asked: ChunkRequested, attempt: int, *_) -> Writing:
            recorded.ask("chunk", "run", body=body(asked.chunk))
            return lambda: ChunkSettled("job", 1, asked.chunk, attempt, 1, 0, "lambda", AT, AT)

        sqs, started = Sqs(recorded), json.loads(text)
        started.pop("version")
        worker = Worker(
            WorkerRequested(**started),
            SETTINGS,
            None,
            sqs,
            places(recorded, f"{started['worker']}+", time),
            SimpleNamespace(hands_out=lambda _: True, goes_on=lambda _: True),
            seconds_left=lambda: 1000.0,
            clock=lambda: 0.0,
            sleep=lambda seconds: None,
            run_chunk=run,
        )
        sqs.beat = worker.beat
        worker.work(task)

    share = chunks // dispatchers
    processes = tuple(
        Process("dispatch", (f"dispatcher {number}-", *range(number * share, (number + 1) * share)))
        for number in range(dispatchers)
    )
    actions = {"dispatch": dispatch, "sweep": sweep, "work": work}
    bodies = frozenset(body(chunk) for chunk in range(share * dispatchers))
    return SlotsModel(Replayer(actions), processes, bodies, max_concurrency, budget)


def requests(_plan, _part, chunks, number, *_):
    """In place of `dispatching.requests`, which reads the index in S3."""
    return iter([request(chunk, number) for chunk in chunks])
