"""Stopping workers that run a job which has ended, where the platform lets them be stopped."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from rollcall.dispatch.slots import Slots
from rollcall.observability import logger
from rollcall.records.plans import Plan

if TYPE_CHECKING:
    from mypy_boto3_batch.client import BatchClient
    from mypy_boto3_ecs.client import ECSClient


@dataclass(frozen=True)
class Stopper:
    """The slots, ECS and Batch clients, and the name of the ECS cluster."""

    slots: Slots
    ecs: "ECSClient"
    batch: "BatchClient"
    cluster: str

    def stop(self, plan: Plan) -> int:
        """Stop the containers that hold chunks of this job alone; how many.

        Any other worker stops by itself before its next item: a Lambda cannot be stopped, and to stop
        one that has chunks of another job too would cost that job an attempt.
        """
        reason = f"job {plan.job_id} has ended"
        stopped = 0
        for target, task in self.tasks(plan):
            try:
                if target == "fargate":
                    self.ecs.stop_task(cluster=self.cluster, task=task, reason=reason)
                else:
                    self.batch.terminate_job(jobId=task, reason=reason)
                stopped += 1
            except ClientError as error:  # it may have ended meanwhile
                logger.warning("worker not stopped", task=task, reason=str(error))
        return stopped

    def tasks(self, plan: Plan) -> Iterator[tuple[str, str]]:
        """(target, task) of each worker to be stopped."""
        routes = {(p.route, p.max_concurrency): p.target for p in plan.parts if p.target in ("fargate", "batch")}
        for route, target in routes.items():
            for row in self.slots.live(*route).values():
                if row["phase"] == "working" and list(row.get("jobs", [])) == [plan.job_id] and row["task"]:
                    yield target, row["task"]
