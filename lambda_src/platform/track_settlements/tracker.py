"""Tracker: take a batch of settlement messages to the barriers of their jobs."""

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rollcall.barrier import barrier
from rollcall.errors import InvalidEvent, RollcallError
from rollcall.events import ChunkSettled, parse
from rollcall.observability import MetricUnit, logger, metrics
from rollcall.records import jobs as job_record
from rollcall.records.plans import Plan

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_stepfunctions.client import SFNClient

PLANS_KEPT = 500  # more than one batch has jobs; of ordinary jobs some 2 KB each
RUNS_AT_ONCE = 8  # runs share no row, and a batch may hold as many as messages
ROLE_ID = "AROA"  # what the unique id of a role begins with, and so the sender of a message sent under one


@dataclass
class Tracker:
    """Holds the tables and the Step Functions client, and the plans of the runs seen last.

    `refuse(record, reason)` puts a message that can never be taken aside; `trusted_roles` are the
    unique ids of the roles that may settle any chunk, as the workers of a route may settle theirs.
    """

    jobs: "Table"
    progress: "Table"
    sfn: "SFNClient"
    refuse: Callable[[dict, str], None]
    trusted_roles: frozenset[str] = frozenset()
    plans: dict[tuple[str, int], Plan] = field(default_factory=dict)

    def track(self, records: list[dict], has_time: Callable[[], bool]) -> list[str]:
        """Settle a batch of SQS records; the ids of the messages to be delivered again.

        A message that can never be taken (wrong schema, unknown job or chunk, sender without the right)
        is put aside with the reason. What there is no time for is delivered again alone: a tracker that is ended
        midway has all of its batch again.
        """
        by_run: dict[tuple[str, int], list[tuple[str, ChunkSettled]]] = defaultdict(list)
        plans: dict[tuple[str, int], Plan] = {}
        again: list[str] = []
        for record in records:
            try:
                settlement = parse(record["body"], ChunkSettled)
                run = settlement.job_id, settlement.run
                plans[run] = self.plan(*run)
                self.check(plans[run], settlement, record.get("attributes", {}).get("SenderId", ""))
                by_run[run].append((record["messageId"], settlement))
            except (RollcallError, ValueError) as error:
                logger.error("settlement refused", message_id=record["messageId"], reason=str(error))
                metrics.add_metric("SettlementsRefused", MetricUnit.Count, 1)
                self.refuse(record, str(error))
            except Exception:
                logger.exception(
                    "plan not read, the settlement will be delivered again", message_id=record["messageId"]
                )
                again.append(record["messageId"])

        def take(run: tuple[str, int]) -> bool:
            return has_time() and self.settle(plans[run], [settlement for _, settlement in by_run[run]])

        with ThreadPoolExecutor(RUNS_AT_ONCE) as pool:
            taken = list(pool.map(take, by_run))
        for messages, were_taken in zip(by_run.values(), taken, strict=True):
            if were_taken:
                count([settlement for _, settlement in messages])
            else:
                again += [message_id for message_id, _ in messages]
        return again

    def settle(self, plan: Plan, settlements: list[ChunkSettled]) -> bool:
        """Whether the settlements of a run were taken in."""
        try:
            barrier.settle(plan, settlements, self.progress, self.jobs, self.sfn)
        except Exception:
            logger.exception("settlements not taken in, they will be delivered again", job_id=plan.job_id)
            return False
        return True

    def check(self, plan: Plan, settlement: ChunkSettled, sender: str) -> None:
        """Raises when the chunk cannot settle like this: there is no such chunk, or a stranger settles it."""
        part = plan.part_of(settlement.chunk)
        role = sender.partition(":")[0]
        if role.startswith(ROLE_ID) and role not in self.trusted_roles | {part.role_id}:
            raise InvalidEvent(f"sent under role {role}, and chunks of {part.route!r} settle under {part.role_id} only")

    def plan(self, job_id: str, run: int) -> Plan:
        if (job_id, run) not in self.plans:
            if len(self.plans) == PLANS_KEPT:
                self.plans.pop(next(iter(self.plans)))
            self.plans[job_id, run] = job_record.read_plan(self.jobs, job_id, run)
        return self.plans[job_id, run]


def count(settlements: list[ChunkSettled]) -> None:
    metrics.add_metric("ChunksSettled", MetricUnit.Count, len(settlements))
    metrics.add_metric("ItemsFailed", MetricUnit.Count, sum(s.failed for s in settlements))
