"""A Batch job's way from SUBMITTED to SUCCEEDED or FAILED."""

import fnmatch
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from ministack.services import batch

from embedded_cloud.extension.batch.job_containers import log_target_of, memory_of, variables_of
from embedded_cloud.extension.containers.containers import client, thread_pool
from embedded_cloud.extension.containers.docker_engine import CannotStart
from embedded_cloud.extension.containers.logs import ship
from embedded_cloud.extension.eventbridge import state_events
from embedded_cloud.extension.iam.requests import arn
from embedded_cloud.extension.iam.tasks import require_start

WAITING = ("SUBMITTED", "PENDING", "RUNNABLE")
OVER = ("SUCCEEDED", "FAILED")
STOP_SECONDS = 30
COMMAND_ENDED = "Essential container in task exited"
TIMED_OUT = "Job attempt duration exceeded timeout"

_changes = threading.RLock()
# Live handles stay out of the records, which are saved as JSON.
_containers: dict[str, object] = {}


def submit(job: dict, children: list[dict]) -> None:
    """An array job itself does not run: its children do."""
    for each in (job, *children):
        batch._jobs[each["jobId"]] = each
        _move(each, "SUBMITTED")
        _move(each, "PENDING")
    for each in children or (job,):
        _queue(each)


def _queue(job: dict) -> None:
    _move(job, "RUNNABLE")
    thread_pool.submit(run, job)


def run(job: dict) -> None:
    """One attempt from start to end; nothing when the job was ended while it waited."""
    with _changes:
        if job["status"] != "RUNNABLE":
            return
        _move(job, "STARTING")
    target = log_target_of(job)
    attempt = {"startedAt": batch._now_ms(), "container": {"logStreamName": target["stream"]}}
    try:
        attempt["container"]["exitCode"] = _run_container(job, target)
    except CannotStart as error:
        attempt["container"]["reason"] = str(error)
    attempt["stoppedAt"] = batch._now_ms()
    attempt["statusReason"] = attempt["container"].get("reason", COMMAND_ENDED)
    job["attempts"].append(attempt)
    job["container"] = {**job["container"], **attempt["container"]}
    _settle(job, attempt)


def _run_container(job: dict, target: dict) -> int:
    """The exit code. Raises CannotStart."""
    specification = job["container"]
    task = arn("ecs", f"task/{job['jobQueue'].rpartition('/')[2]}/{job['jobId']}")
    require_start(task, specification.get("jobRoleArn"), specification.get("executionRoleArn"), target)
    container = client.containers.run(
        specification["image"],
        command=specification["command"],
        environment=variables_of(job),
        mem_limit=memory_of(specification),
    )
    with _changes:
        _containers[job["jobId"]] = container
        job["startedAt"] = batch._now_ms()
        _move(job, "RUNNING")
        if job["isTerminated"]:
            # It was terminated while it started, when there was nothing to stop yet.
            _stop(container)
    shipper = ship(container, target)
    with _limited(job, container):
        code = container.wait()["StatusCode"]
    shipper.join()
    del _containers[job["jobId"]]
    client.containers.forget(container)
    return code


@contextmanager
def _limited(job: dict, container: Any) -> Iterator[None]:
    """AWS: an attempt past its timeout is ended, and the job is not tried again."""

    def expire() -> None:
        job["statusReason"] = TIMED_OUT
        container.stop(timeout=STOP_SECONDS)

    if "attemptDurationSeconds" not in job["timeout"]:
        yield
        return
    clock = threading.Timer(job["timeout"]["attemptDurationSeconds"], expire)
    clock.daemon = True
    clock.start()
    yield
    clock.cancel()


def _settle(job: dict, attempt: dict) -> None:
    if "statusReason" in job:
        # Someone, or its timeout, ended it and said why; however well its command took that.
        finish(job, "FAILED", job["statusReason"])
    elif attempt["container"].get("exitCode") == 0:
        finish(job, "SUCCEEDED", attempt["statusReason"])
    elif _is_tried_again(job, attempt):
        _queue(job)
    else:
        finish(job, "FAILED", attempt["statusReason"])


def _is_tried_again(job: dict, attempt: dict) -> bool:
    strategy = job["retryStrategy"]
    if len(job["attempts"]) >= strategy.get("attempts", 1):
        return False
    seen = {
        "onExitCode": str(attempt["container"].get("exitCode", "")),
        "onReason": attempt["container"].get("reason", ""),
        "onStatusReason": attempt["statusReason"],
    }
    for rule in strategy.get("evaluateOnExit", []):
        if all(fnmatch.fnmatchcase(seen[member], rule[member]) for member in seen if member in rule):
            return rule["action"].upper() == "RETRY"
    return True


def end(job: dict, reason: str, flag: str) -> None:
    """Ends a job from outside; one that runs is stopped and reads FAILED when its command has ended."""
    with _changes:
        if job["status"] in OVER:
            return
        job.update({"statusReason": reason, flag: True})
        if job["status"] in WAITING:
            finish(job, "FAILED", reason)
        elif container := _containers.get(job["jobId"]):
            _stop(container)


def _stop(container: Any) -> None:
    """Stopping takes up to its timeout, so nobody waits for it."""
    threading.Thread(target=partial(container.stop, timeout=STOP_SECONDS), daemon=True, name="batch-stop").start()


def finish(job: dict, status: str, reason: str) -> None:
    job.update(statusReason=reason, stoppedAt=batch._now_ms())
    _move(job, status)
    parent = batch._jobs.get(job["jobId"].partition(":")[0])
    if parent is not None and parent is not job:
        _count(parent, status)


def _count(parent: dict, status: str) -> None:
    """An array job is over with its last child, and failed when any of them did."""
    with _changes:
        counts = parent["arrayProperties"]["statusSummary"]
        counts[status] = counts.get(status, 0) + 1
        last = sum(counts.values()) == parent["arrayProperties"]["size"]
    if last and "FAILED" in counts:
        finish(parent, "FAILED", "Array Child Job failed")
    elif last:
        finish(parent, "SUCCEEDED", "All child jobs succeeded")


def _move(job: dict, status: str) -> None:
    job["status"] = status
    state_events.job_changed(job)
