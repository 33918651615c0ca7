"""A deployment in simulated time: the real dispatcher, slots and workers; only what they call is made up."""

import random
from dataclasses import dataclass

import greenlet
from tests.samples import part
from tests.simulation import figures
from tests.simulation.lambda_service import Bus, Function, allowed_worker_seconds
from tests.simulation.queue_service import Sqs
from tests.simulation.simulated_time import Background, Pool, SimulatedTime
from tests.simulation.stores import S3, AsItIs, Table

from rollcall import events
from rollcall.dispatch import dispatcher, queues, slots
from rollcall.dispatch.dispatcher import Dispatcher
from rollcall.dispatch.slots import HEARTBEAT_SECONDS, LEASE_SECONDS, Slots
from rollcall.errors import Abandoned
from rollcall.events import ChunkRequested, ChunkSettled, WorkerRequested
from rollcall.ranges import batches
from rollcall.records.jobs import JobState, key
from rollcall.records.plans import Plan
from rollcall.settings import Settings
from rollcall.worker import pull_worker
from rollcall.worker.chunks import Writing
from rollcall.worker.job_gate import JobGate, fresh_seconds
from rollcall.worker.pull_worker import Worker

ROUTE, QUEUE, SETTLEMENTS = "equity", "https://queue", "https://settlements"
NAMES = Settings(
    bucket="bucket",
    target="lambda",
    max_attempts="3",
    route_queue_url=QUEUE,
    settlements_queue_url=SETTLEMENTS,
)


@dataclass
class Life:
    """One worker's time: how long it calculated, and when it wrote its last result, in seconds."""

    request: WorkerRequested
    thread: greenlet.greenlet
    busy: float = 0.0
    last_result: float = 0.0


class Fleet:
    """One route with a Lambda function. `item_seconds` is what an item takes."""

    def __init__(
        self,
        monkeypatch,
        max_concurrency: int,
        items_a_chunk: int = 10,
        item_seconds: float = 1.0,
        seed: int = 1,
        most_in_flight: int = figures.MOST_IN_FLIGHT,
    ):
        self.time = SimulatedTime(seed)
        self.max_concurrency, self.items_a_chunk, self.item_seconds = max_concurrency, items_a_chunk, item_seconds
        self.function = Function(self.time, self.work)
        self.sqs = Sqs(self.time, SETTLEMENTS, most_in_flight)
        self.s3 = S3(self.time, items_a_chunk)
        self.jobs = Table(self.time, "jobs", ("job_id", "record"))
        workers = Table(self.time, "workers", ("route", "slot"))
        self.slots = Slots(workers, Bus(self.time, {ROUTE: self.function}), "bus", self.time.epoch)
        self.fresh = fresh_seconds(max_concurrency)
        self.items_a_look = max(1, int(self.fresh / item_seconds))
        self.lives: list[Life] = []
        self.handed_out: list[tuple[float, int, int]] = []  # (when, chunk, attempt)
        self.working = self.most_working = 0
        for module in (dispatcher, slots):
            monkeypatch.setattr(module, "ThreadPoolExecutor", lambda lanes: Pool(self.time, lanes))
        monkeypatch.setattr(pull_worker, "ThreadPoolExecutor", lambda lanes: Background(self.time))
        monkeypatch.setattr(pull_worker, "read_items", lambda request, s3, bucket: [s3.get_object()])
        monkeypatch.setattr(slots, "ConditionExpressionBuilder", AsItIs)
        for module in (slots, pull_worker):
            monkeypatch.setattr(module, "random", random.Random(seed))
        # What these do takes no simulated time, and half of the real one; nothing here is refused in part.
        monkeypatch.setattr(events, "validate", lambda message: None)
        monkeypatch.setattr(events, "asdict", vars)
        monkeypatch.setattr(queues, "until_taken", lambda attempt, entries, place: attempt(entries))

    def submit(self, job_id: str, chunks: int, at: float = 0.0) -> None:
        self.time.spawn(self.dispatch, job_id, chunks, after=at)

    def dispatch(self, job_id: str, chunks: int) -> None:
        given = part(ROUTE, chunks, queue_url=QUEUE, max_concurrency=self.max_concurrency)
        self.jobs.rows[self.jobs.key(key(job_id))] = {"state": JobState.RUNNING, "run": 1, "dispatch": 1}
        dispatcher = Dispatcher(self.s3, self.sqs, "bucket", self.slots)
        dispatcher.dispatch(Plan(job_id, 1, "", [given]), {ROUTE: list(range(chunks))}, 1)

    def work(self, request: WorkerRequested, seconds_left) -> None:
        """What rollcall.worker.start does, with a greenlet in place of the heartbeat's thread."""
        life = Life(request, greenlet.getcurrent())
        run_chunk = self.calculation(life)
        job_gate = JobGate(self.jobs, self.time.now, self.fresh)
        clock, sleep = self.time.now, self.time.wait
        worker = Worker(request, NAMES, self.s3, self.sqs, self.slots, job_gate, seconds_left, clock, sleep, run_chunk)
        self.lives.append(life)
        heart = self.time.spawn(self.beat, worker)
        self.working += 1
        self.most_working = max(self.most_working, self.working)
        try:
            worker.work("task")
        finally:
            self.working -= 1
            self.time.kill(heart)

    def beat(self, worker: Worker) -> None:
        while True:
            self.time.wait(HEARTBEAT_SECONDS)
            worker.beat()

    def calculation(self, life: Life):
        """Stands for run_chunk: reads, takes its time for each item, writes.

        It asks how its job stands only as often as the answer may be new.
        """

        def run_chunk(request: ChunkRequested, attempt, s3, bucket, target, limits, items) -> Writing:
            self.handed_out.append((self.time.now(), request.chunk, attempt))
            if not items:
                s3.get_object()
            for some in batches(range(request.items), self.items_a_look):
                if limits.abandoned():
                    raise Abandoned
                assert not limits.out_of_time()
                self.time.wait(len(some) * self.item_seconds)
                life.busy += len(some) * self.item_seconds
            settled = (request.job_id, request.run, request.chunk, attempt, request.items, 0, target, "then", "now")

            def write() -> ChunkSettled:
                s3.put_object()
                life.last_result = self.time.now()
                return ChunkSettled(*settled)

            return write

        return run_chunk

    def kill(self, life: Life, tell_after: float | None = None) -> None:
        """End a worker where it is. Once that is reported, its slot is filled, as by the failure handler."""
        self.time.kill(life.thread)
        if tell_after is not None:
            self.time.spawn(self.account, life, after=tell_after)

    def account(self, life: Life) -> None:
        row = self.slots.row(life.request)
        if row and self.slots.release(life.request):
            queues.hide(self.sqs, QUEUE, row.get("handles", []), 0)
            self.time.spawn(self.sweep, after=LEASE_SECONDS)
        self.sweep()

    def sweep(self) -> None:
        """Fill the slots that are free, as the sweeper does every minute while there are chunks."""
        waiting = self.sqs.queue(QUEUE).size
        self.slots.start_workers(ROUTE, "lambda", self.max_concurrency, min(waiting, self.max_concurrency))

    def makespan(self, job_id: str | None = None) -> float:
        """When the last chunk was settled, of one job or of all."""
        return max(at for at, job, _ in self.sqs.settled if job_id in (None, job))

    def first_idle(self) -> float:
        """When the first slot ran out of work for good."""
        last: dict[int, float] = {}
        for life in self.lives:
            last[life.request.slot] = max(last.get(life.request.slot, 0.0), life.last_result)
        return min(last.values())

    def utilisation(self) -> float:
        """Time spent in items, as a share of the worker-seconds Lambda allows until the last settlement."""
        busy = sum(life.busy for life in self.lives)
        return busy / allowed_worker_seconds(self.max_concurrency, self.makespan())

    def chunks_settled(self, job_id: str) -> list[int]:
        return sorted(chunk for _, job, chunk in self.sqs.settled if job == job_id)

    def table(self) -> str:
        """Simulated seconds by call."""
        lines = [
            f"{name:20}{count:10,}{seconds:14,.0f} s" for name, (count, seconds) in sorted(self.time.spent.items())
        ]
        items = sum(life.busy for life in self.lives)
        return "\n".join([*lines, f"{'items':20}{'':10}{items:14,.0f} s"])
