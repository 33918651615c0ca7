"""Failures, as the platforms tell of them: workers that died or were not started, chunks nobody finished.

Lambda, SQS and EventBridge put them into a dead-letter queue, the route's or that of the undelivered; ECS and Batch say
by event that a task or job has ended.
"""

import json
from dataclasses import dataclass

from rollcall import throttling
from rollcall.dispatch import capacity
from rollcall.errors import InvalidEvent
from rollcall.events import ChunkRequested, WorkerRequested, parse
from rollcall.worker.entry import request_from

WORKER_CONTAINER = "worker"
# How EventBridge names what another time may succeed. Anything else is refused for good, as a permission or a task
# definition that is not there is, whether or not EventBridge tried it again.
ONLY_WAITED = {"THROTTLING", "TIMEOUT", "RESOURCE_LIMIT_EXCEEDED"}


@dataclass(frozen=True)
class LostWorker:
    """A worker that has ended or did not start, and why; `waited` when there was only no room for it yet.

    `task` is what ran it, as in its slot's row; "" for one that was never run.
    """

    request: WorkerRequested
    reason: str
    waited: bool = False
    task: str = ""


@dataclass(frozen=True)
class LostChunk:
    """A chunk whose workers died as often as its route allows."""

    request: ChunkRequested


@dataclass(frozen=True)
class Recheck:
    """The failure handler's own message to itself: see whether chunks wait on a route."""

    data_type: str


Failure = LostWorker | LostChunk | Recheck


def recheck_message(data_type: str) -> str:
    return json.dumps({"recheck": data_type})


def from_dead_letter(record: dict) -> Failure:
    """The failure in an SQS record of a dead-letter queue; raises InvalidEvent when it holds none."""
    try:
        message = json.loads(record["body"])
    except json.JSONDecodeError as error:
        raise InvalidEvent(f"a dead letter that is not JSON: {error}") from error
    if not isinstance(message, dict):
        raise InvalidEvent("a dead letter that is no JSON object")
    if "recheck" in message:
        return Recheck(message["recheck"])
    if "requestPayload" in message:
        return from_lambda(message)
    if message.get("detail-type") == ChunkRequested.detail_type:
        return LostChunk(parse(message, ChunkRequested))
    if message.get("detail-type") in ENDED:
        return from_event(message)
    attributes = {name: value["stringValue"] for name, value in record.get("messageAttributes", {}).items()}
    code, why = attributes.get("ERROR_CODE", "no reason given"), attributes.get("ERROR_MESSAGE", "")
    reason = f"its worker could not be started: {code}: {why}"
    return LostWorker(parse(message, WorkerRequested), reason, waited=code in ONLY_WAITED)


def from_lambda(message: dict) -> LostWorker:
    """The failure in the record of an asynchronous invocation that failed, or waited for too long.

    Raises InvalidEvent when that was not to be a worker, nor to start one, nor to be told of one that has ended.
    """
    payload = message["requestPayload"]
    if isinstance(payload, dict) and payload.get("detail-type") in ENDED:
        return from_event(payload)
    condition, answer = message.get("requestContext", {}).get("condition"), message.get("responsePayload") or {}
    why = answer.get("errorMessage") or answer.get("errorType") or "no answer"
    request, waited = parse(payload, WorkerRequested), condition == "EventAgeExceeded"
    if "task" in payload:
        reason = f"its Fargate task could not be started ({condition}): {why}"
        return LostWorker(request, reason, waited or capacity.comes_back(why))
    reason = f"its Lambda worker failed ({condition}): {why}"
    waited = waited or throttling.told_by(why)
    return LostWorker(request, reason, waited, message.get("requestContext", {}).get("requestId", ""))


def from_task_change(detail: dict) -> LostWorker:
    """The failure in the detail of an "ECS Task State Change" of a task that has stopped.

    Raises InvalidEvent when the task was not started as a worker.
    """
    container = worker_among(detail.get("containers", []))
    why = told_once([detail.get("stopCode"), detail.get("stoppedReason"), container.get("reason")])
    reason = f"its Fargate task ended ({how_it_ended(container)}): {': '.join(why)}"
    waited = detail.get("stopCode") == "TaskFailedToStart" and capacity.comes_back(reason)
    return LostWorker(worker_in(arguments_of(detail)), reason, waited, detail.get("taskArn", ""))


def from_job_change(detail: dict) -> LostWorker:
    """The failure in the detail of a "Batch Job State Change" of a job that has ended.

    Raises InvalidEvent when the job was not started as a worker.
    """
    container = detail.get("container") or (detail.get("attempts") or [{}])[-1].get("container", {})
    why = told_once([detail.get("statusReason"), container.get("reason")])
    words = [word for name, value in detail.get("parameters", {}).items() for word in (f"--{name}", value)]
    reason = f"its Batch job ended ({how_it_ended(container)}): {': '.join(why)}"
    return LostWorker(worker_in(words), reason, task=detail.get("jobId", ""))


def worker_among(parts: list[dict]) -> dict:
    """The worker's of a task's containers or overrides; {} when it has none.

    AWS puts containers of its own beside it, such as GuardDuty's agent, in any order.
    """
    return next((part for part in parts if part.get("name") == WORKER_CONTAINER), {})


def how_it_ended(container: dict) -> str:
    return f"exit code {container['exitCode']}" if "exitCode" in container else "it never ran"


# Detail type of an event that tells of a container's end => what reads its detail.
ENDED = {"ECS Task State Change": from_task_change, "Batch Job State Change": from_job_change}


def from_event(event: dict) -> LostWorker:
    """The failure in an event of ECS or Batch; raises InvalidEvent."""
    return ENDED[event["detail-type"]](event["detail"])


def told_once(reasons: list[str | None]) -> list[str]:
    return list(dict.fromkeys(filter(None, reasons)))


def arguments_of(task: dict) -> list[str]:
    """What follows `python -m rollcall.worker` in the command a task was started with."""
    command = worker_among(task.get("overrides", {}).get("containerOverrides", [])).get("command", [])
    return command[command.index("rollcall.worker") + 1 :] if "rollcall.worker" in command else []


def worker_in(arguments: list[str]) -> WorkerRequested:
    """The worker a container was started as, by its arguments."""
    try:
        return request_from(arguments)
    except SystemExit as error:  # how argparse refuses
        raise InvalidEvent("a container that was not started as a worker") from error
