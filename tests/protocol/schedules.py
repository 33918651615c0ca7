"""One job under any schedule: the real tracker, dispatcher, arming and sweeper on an emulated DynamoDB.

Every call to AWS may be the one at which the caller dies, before or after it took effect, or is refused.
"""

from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError
from tests.protocol.barrier_actions import settled
from tests.protocol.barrier_scenarios import opened
from tests.protocol.database import Database
from tests.protocol.promises import Judge
from tests.protocol.scenario import Budget, Scenario
from tests.samples import part

from dispatch_chunks import dispatch
from rollcall.barrier import barrier
from rollcall.dispatch.dispatcher import Dispatcher
from rollcall.dispatch.slots import Slots
from rollcall.events import ChunkRequested, parse
from rollcall.records import jobs as job_record
from rollcall.records.jobs import UNSETTLED, JobState
from rollcall.records.plans import Plan
from rollcall.worker.job_gate import JobGate
from sweep_jobs.sweeper import Sweeper
from track_settlements.tracker import Tracker

FAULTS = ("none", "dies before", "dies after", "refused", "answer lost")
ROUTE_QUEUE = "https://queue"


class Died(BaseException):
    """The function ended between two calls."""


class World:
    """`chunks` lie in the route's queue, `settlements` in the settlements queue, both as bodies; `taken` as in a
    state of the barrier's model."""

    def __init__(self, failed: list[int]):
        first = len(failed) - 2
        parts = [part("equity", first), part("scenario", 2, first_chunk=first, first_shard=(first + 1) // 2)]
        self.plan = Plan("job", 1, "", parts)
        self.failed = dict(enumerate(failed))
        self.database = Database(opened(self.plan, dispatch=0))
        for table in (self.database.jobs, self.database.progress, self.database.workers):
            table.call = self.with_fault(table.call)
        self.chunks: list[str] = []
        self.settlements: list[str] = []
        self.taken: tuple[tuple[str, str], ...] = ()
        self.fault, self.calls_left = "none", 0
        failures = {(1, chunk): count for chunk, count in self.failed.items()}
        self.judge = Judge(Scenario({1: self.plan}, (), (), (), Budget(), failures))

    @property
    def jobs(self):
        return self.database.jobs

    def with_fault(self, call):
        """The call as AWS takes it, or as it fails when it is the one the fault is meant for."""

        def made(*given, **named):
            self.calls_left -= 1
            if self.calls_left or self.fault == "none":
                return call(*given, **named)
            if self.fault == "dies before":
                raise Died
            if self.fault == "refused":
                code = "ProvisionedThroughputExceededException"
                raise ClientError({"Error": {"Code": code, "Message": "slow down"}}, "any")
            call(*given, **named)
            raise Died if self.fault == "dies after" else ReadTimeoutError(endpoint_url="https://aws")

        return made

    def under(self, fault: str, at: int, act) -> Any:
        """What `act` returns while its `at`-th call to AWS fails as told; None if it did not get to its end."""
        self.fault, self.calls_left = fault, at
        try:
            return act()
        except (Died, ClientError, ReadTimeoutError):
            if fault == "none":
                raise
            return None
        finally:
            self.fault = "none"

    @property
    def sfn(self):
        def send_task_success(taskToken: str, output: str) -> None:
            if taskToken in dict(self.taken):
                raise ClientError({"Error": {"Code": "TaskTimedOut", "Message": "gone"}}, "SendTaskSuccess")
            self.taken = (*self.taken, (taskToken, output))

        return SimpleNamespace(send_task_success=self.with_fault(send_task_success))

    @property
    def sqs(self):
        def send_message_batch(QueueUrl: str, Entries: list[dict]) -> dict:
            assert QueueUrl == ROUTE_QUEUE and len(Entries) <= 10
            self.chunks += [entry["MessageBody"] for entry in Entries]
            return {}

        return SimpleNamespace(send_message_batch=self.with_fault(send_message_batch))

    @property
    def events(self):
        put_events = self.with_fault(lambda Entries: {"Entries": [{} for _ in Entries]})
        return SimpleNamespace(put_events=put_events)

    def refuse(self, record: dict, reason: str) -> None:
        raise AssertionError(f"{record} was refused: {reason}")

    def track(self, bodies: list[str], fault: str = "none", at: int = 0) -> None:
        """Deliver settlements in one batch; those not taken in come again."""
        tracker = Tracker(self.jobs, self.database.progress, self.sfn, self.refuse)
        tracker.plans["job", 1] = self.plan
        records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
        again = self.under(fault, at, lambda: tracker.track(records, lambda: True))
        self.settlements += bodies if again is None else [bodies[int(number)] for number in again]

    def work(self, body: str, fault: str = "none", at: int = 0) -> None:
        """A worker takes a chunk, settles it if it may, and dies or not."""
        request = parse(body, ChunkRequested)
        handed_out = self.under(fault, at, lambda: JobGate(self.jobs).hands_out(request))
        if handed_out:
            self.settlements.append(settled(request.chunk, self.failed[request.chunk]))
        if handed_out is None:
            self.chunks.append(body)

    def dispatch(self) -> None:
        dispatcher = Dispatcher(None, self.sqs, "bucket", Slots(self.database.workers, self.events, "bus"))
        dispatch.dispatch_missing("job", self.jobs, self.database.progress, dispatcher)

    def arm(self) -> None:
        barrier.arm(self.jobs, self.sfn, "job", 1, 0, "token")

    def sweep(self, overdue: bool) -> None:
        late = SimpleNamespace(look_after=lambda *_: self.dispatch() if overdue else "")
        sweeper = Sweeper(self.jobs, self.database.progress, self.sfn, None, late, "", "")
        sweeper.look_at_barrier(job_record.read(self.jobs, "job"), None)

    def pause(self) -> None:
        job_record.update(self.jobs, "job", {"state": JobState.PAUSED}, only_in=(JobState.RUNNING,))

    def resume(self) -> None:
        if job_record.update(self.jobs, "job", {"state": JobState.RUNNING}, only_in=(JobState.PAUSED,))[0]:
            self.dispatch()

    def cancel(self) -> None:
        changes = {"state": JobState.CANCELLED, "cancelled_by": "me"}
        job_record.update(self.jobs, "job", changes, only_in=UNSETTLED)

    def come_to_an_end(self) -> None:
        """No more faults: what is lost is swept up."""
        self.resume()
        self.arm()
        for _ in range(2):
            self.sweep(overdue=True)
            while self.chunks:
                self.work(self.chunks.pop())
            while self.settlements:
                self.track([self.settlements.pop()])

    def wrong(self) -> str | None:
        return self.judge.wrong(self.database.rows, self.taken)

    def wrong_at_end(self) -> str | None:
        return self.judge.wrong_at_end(self.database.rows, self.taken, ())
