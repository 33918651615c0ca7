"""One seed played out: three jobs at once, one cancelled midway, one redriven, and all waited for."""

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from boto3.dynamodb.conditions import Attr

from chaos.clouds import ChaosCloud
from chaos.workloads import Workload
from embedded_cloud.clouds import CommandFailed
from rollcall.barrier.settled_sets import read_sets
from rollcall.dispatch import deadlines
from rollcall.records import jobs as job_record
from rollcall.records.jobs import UNSETTLED, JobState
from rollcall.records.rows import JobRow
from rollcall_client.job_status import is_at_rest, job_row

POLL_SECONDS = 1.0
STALLED_SECONDS = 4.0
LONGEST_SECONDS = 600.0
CANCELLED_AFTER_CHUNKS = 3
QUIET = timedelta(minutes=5, seconds=1)
SWEEPER = "rollcall-local-sweep-jobs"


@dataclass
class Scenario:
    """A cloud, the jobs of a seed and what takes a sentence for people; `sweeps` is how often time was passed."""

    cloud: ChaosCloud
    workloads: list[Workload]
    say: Callable[[str], None]
    sweeps: int = 0
    seen: tuple = ()
    seen_at: float = 0.0
    started: float = field(default_factory=time.monotonic)

    def play(self) -> None:
        for workload in self.workloads:
            self.submit(workload)
        for workload in self.workloads:
            if workload.cancelled:
                self.cancel_midway(workload.job_id)
        self.wait_until_at_rest()
        for workload in self.workloads:
            if workload.redriven:
                self.cloud.rollcall("redrive", workload.job_id, "--failed")
                self.say(f"{workload.job_id} redriven")
        self.wait_until_at_rest()

    def cancel_midway(self, job_id: str) -> None:
        def is_midway() -> bool:
            return is_at_rest(job_row(self.cloud.env, job_id)) or self.settled(job_id) >= CANCELLED_AFTER_CHUNKS

        self.wait(is_midway)
        try:
            self.cloud.rollcall("cancel", job_id)
            self.say(f"{job_id} cancelled")
        except CommandFailed as refused:
            self.say(str(refused))

    def submit(self, workload: Workload) -> None:
        path = self.cloud.settings.folder / f"{workload.job_id}.jsonl"
        path.write_text("".join(json.dumps(item) + "\n" for item in workload.items.values()))
        self.cloud.rollcall("submit", str(path), "--id", workload.job_id, "--type", "valuation")

    def wait_until_at_rest(self) -> None:
        self.wait(lambda: all(is_at_rest(row) for row in self.rows()))

    def wait(self, done: Callable[[], bool]) -> None:
        """Wait, and let time pass whenever nothing has happened for some seconds; not for ever."""
        while not done() and time.monotonic() - self.started < LONGEST_SECONDS:
            self.look()
            time.sleep(POLL_SECONDS)

    def look(self) -> None:
        rows = list(self.rows())
        now = tuple((row["state"], row.get("dispatch"), self.settled(row["job_id"])) for row in rows)
        if now != self.seen:
            self.seen, self.seen_at = now, time.monotonic()
        elif time.monotonic() - self.seen_at > STALLED_SECONDS:
            self.pass_time(rows)
            self.seen_at = time.monotonic()

    def pass_time(self, rows: list[JobRow]) -> None:
        """Sweep as if it were so late that every missing chunk is overdue; the sweeper's own rules hold.

        Afterwards the sweep was now: what settles from here on settled after it.
        """
        then = max([datetime.now(UTC), *(moment for row in rows for moment in self.due(row))]) + timedelta(seconds=1)
        payload = json.dumps({"time": then.isoformat()}).encode()
        answer = self.cloud.env.client("lambda").invoke(FunctionName=SWEEPER, Payload=payload)["Payload"].read()
        for row in rows:
            self.swept_now(row["job_id"], then)
        self.sweeps += 1
        self.say(f"nothing happened for {STALLED_SECONDS:.0f} s, swept as at {then:%H:%M:%S}: {answer.decode()[:200]}")

    def swept_now(self, job_id: str, then: datetime) -> None:
        reported = then.isoformat(timespec="milliseconds")
        job_record.update(
            self.cloud.env.jobs, job_id, {"swept_at": job_record.now()}, where=Attr("swept_at").eq(reported)
        )

    def due(self, row: JobRow) -> Iterable[datetime]:
        if JobState(row["state"]).ended and not is_at_rest(row):
            yield datetime.fromisoformat(row["timeline"][-1]["at"]) + QUIET
        if row["state"] in UNSETTLED:
            plan = job_record.read_plan(self.cloud.env.jobs, row["job_id"], row["run"])
            sweeps = deadlines.next_sweep(row, plan, read_sets(self.cloud.env.progress, plan))
            yield from map(datetime.fromisoformat, sweeps.values())

    def rows(self) -> Iterable[JobRow]:
        return (job_row(self.cloud.env, workload.job_id) for workload in self.workloads)

    def settled(self, job_id: str) -> int:
        """How many chunks of a job's present run have settled."""
        row = job_row(self.cloud.env, job_id)
        if "partitioned_at" not in row:
            return 0
        plan = job_record.read_plan(self.cloud.env.jobs, job_id, row["run"])
        return read_sets(self.cloud.env.progress, plan).chunks
