"""Tracker: take a batch of settlement messages to the barriers of their jobs."""

from collections import defaultdict
from dataclasses import dataclass, field

from rollcall import barrier
from rollcall import jobs as job_record
from rollcall.errors import InvalidEvent, RollcallError
from rollcall.events import ChunkSettled, parse
from rollcall.jobs import Plan
from rollcall.observability import MetricUnit, logger, metrics

PLANS_KEPT = 64


@dataclass
class Tracker:
    """Holds the tables and the Step Functions client, and the plans of the jobs seen last."""

    jobs: object
    progress: object
    sfn: object
    plans: dict[str, Plan] = field(default_factory=dict)

    def track(self, records: list[dict]) -> list[str]:
        """Settle a batch of SQS records; the ids of the messages that could not be taken.

        A message that can never be taken (wrong schema, unknown job or chunk) is delivered again
        until the queue moves it to its dead-letter queue; the log names the reason.
        """
        by_job: dict[str, list[tuple[str, ChunkSettled]]] = defaultdict(list)
        refused: list[str] = []
        for record in records:
            try:
                settlement = parse(record["body"], ChunkSettled)
                self.check(settlement)
                by_job[settlement.job_id].append((record["messageId"], settlement))
            except (RollcallError, ValueError) as error:
                logger.error("settlement refused", message_id=record["messageId"], reason=str(error))
                refused.append(record["messageId"])
        for job_id, messages in by_job.items():
            try:
                settlements = [settlement for _, settlement in messages]
                barrier.settle(self.plan(job_id), settlements, self.progress, self.jobs, self.sfn)
                count(settlements)
            except Exception:
                logger.exception("settlements not taken in, they will be delivered again", job_id=job_id)
                refused += [message_id for message_id, _ in messages]
        return refused

    def check(self, settlement: ChunkSettled) -> None:
        """Raises when no such chunk can settle: unknown job, another run, a number the job does not have."""
        plan = self.plan(settlement.job_id)
        if settlement.run != plan.run:
            raise InvalidEvent(f"job {plan.job_id!r} is in run {plan.run}, not {settlement.run}")
        plan.part_of(settlement.chunk)

    def plan(self, job_id: str) -> Plan:
        if job_id not in self.plans:
            if len(self.plans) == PLANS_KEPT:
                self.plans.pop(next(iter(self.plans)))
            self.plans[job_id] = job_record.plan_of(job_record.read(self.jobs, job_id))
        return self.plans[job_id]


def count(settlements: list[ChunkSettled]) -> None:
    metrics.add_metric("ChunksSettled", MetricUnit.Count, len(settlements))
    metrics.add_metric("ItemsFailed", MetricUnit.Count, sum(s.failed for s in settlements))
