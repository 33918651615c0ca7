"""What ran when the cloud ended has ended with it, and says so.

Without this a task would read STOPPED without a reason and a job RUNNING for ever.
"""

from collections.abc import Callable

from ministack import app
from ministack.core.responses import request_scope
from ministack.services import batch, ecs, stepfunctions

from embedded_cloud.extension.batch import runs
from embedded_cloud.extension.eventbridge import state_events
from embedded_cloud.extension.replacing import around

REASON = "Host terminated"

# Account, Region and record of the executions the restart has failed.
_interrupted: list[tuple[str, str, dict]] = []


@around(app, "_load_persisted_state")
def load(load_all: Callable) -> None:
    load_all()
    for (account, region, _), task in ecs._tasks.all_items():
        if not task["stoppedAt"]:
            with request_scope(account, region):
                _end_task(task)
    # An array job ends with the last of its children, so they come first.
    jobs = sorted(batch._jobs.all_items(), key=lambda entry: "size" in entry[1].get("arrayProperties", {}))
    for (account, region, _), job in jobs:
        if job["status"] not in runs.OVER:
            with request_scope(account, region):
                runs.finish(job, "FAILED", REASON)
    for account, region, execution in _interrupted:
        with request_scope(account, region):
            stepfunctions._emit_execution_status_event(execution)
    _interrupted.clear()


@around(stepfunctions, "_restore_state")
def restore_executions(restore: Callable, data: dict) -> None:
    """The emulator fails those that ran; nobody hears of it before every rule is back."""
    known = list(data["executions"].all_items()) if data else []
    running = [(*key[:2], execution) for key, execution in known if execution["status"] == "RUNNING"]
    restore(data)
    _interrupted.extend(running)


def _end_task(task: dict) -> None:
    now = ecs._iso()
    task.update(desiredStatus="STOPPED", stoppingAt=now, stoppedAt=now, executionStoppedAt=now)
    task.update(stoppedReason=REASON, stopCode="TerminationNotice")
    for container in task["containers"]:
        container["lastStatus"] = "STOPPED"
    state_events.task_changed(task)
