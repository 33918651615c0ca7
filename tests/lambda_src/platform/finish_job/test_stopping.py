"""Containers that work for an ended job alone are stopped; all others are let be."""

from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError
from tests.samples import part

from finish_job.stopping import Stopper
from rollcall.dispatch.slots import Slots
from rollcall.events import WorkerRequested
from rollcall.records.plans import Plan


@pytest.fixture
def place(cloud):
    """A plan over three targets, a stopper, and what it stopped in `stopped`."""
    targets = {"equity": "lambda", "fx": "fargate", "rates": "batch"}
    cloud.plan = Plan("job", 1, "", [part(name, 1, target=target) for name, target in targets.items()])
    cloud.stopped, cloud.slots = [], Slots(cloud.workers, None, "bus")

    def stop(**call) -> None:
        cloud.stopped.append(call)

    ecs, batch = SimpleNamespace(stop_task=stop), SimpleNamespace(terminate_job=stop)
    cloud.stopper = Stopper(cloud.slots, ecs, batch, "cluster")
    return cloud


def work(place, route: str, slot: int, task: str, *jobs: str) -> None:
    request = WorkerRequested(route, slot, f"{route}-{slot}", 1)
    place.slots.claim(request, task)
    place.slots.renew(request, list(jobs), [])


def test_tasks_and_batch_jobs_that_hold_chunks_of_the_job_alone_are_stopped(place):
    for slot, jobs in enumerate([["job"], ["other"], ["job", "other"], []]):
        work(place, "fx", slot, f"task-{slot}", *jobs)
    work(place, "rates", 0, "batch-job", "job")
    assert place.stopper.stop(place.plan) == 2
    reason = "job job has ended"
    assert place.stopped == [
        {"cluster": "cluster", "task": "task-0", "reason": reason},
        {"jobId": "batch-job", "reason": reason},
    ]


def test_a_lambda_and_a_worker_outside_any_platform_are_not_stopped(place):
    work(place, "equity", 0, "request-id", "job")
    work(place, "fx", 0, "", "job")
    assert place.stopper.stop(place.plan) == 0


def test_a_task_that_has_ended_meanwhile_does_no_harm(place):
    def gone(**call) -> None:
        raise ClientError({"Error": {"Code": "InvalidParameterException", "Message": "not found"}}, "StopTask")

    place.stopper.ecs.stop_task = gone
    work(place, "fx", 0, "task", "job")
    assert place.stopper.stop(place.plan) == 0
