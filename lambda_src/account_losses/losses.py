"""Losses: chunks whose worker died or could not be started, as the platforms tell of them.

Lambda, SQS and EventBridge put them into the route's dead-letter queue; ECS and Batch say by event
that a task or job has ended.
"""

import json
from dataclasses import dataclass

from rollcall.errors import InvalidEvent
from rollcall.events import ChunkRequested, parse
from rollcall.worker import request_from


@dataclass(frozen=True)
class Loss:
    """A chunk that may be lost, and why.

    `final` when the platform has repeated it as often as allowed, `ended_well` when its worker says
    so: then it is lost only if it has no result.
    """

    request: ChunkRequested
    reason: str
    target: str
    final: bool
    ended_well: bool = False


def from_dead_letter(record: dict) -> Loss:
    """The loss in an SQS record of a route's dead-letter queue; raises InvalidEvent when it holds no chunk."""
    try:
        letter = json.loads(record["body"])
    except json.JSONDecodeError as error:
        raise InvalidEvent(f"a dead letter that is not JSON: {error}") from error
    attributes = {name: value["stringValue"] for name, value in record.get("messageAttributes", {}).items()}
    if isinstance(letter, dict) and "requestPayload" in letter:
        context, answer = letter.get("requestContext", {}), letter.get("responsePayload") or {}
        why = answer.get("errorMessage") or answer.get("errorType") or "no answer"
        times = context.get("approximateInvokeCount", "several")
        reason = f"Lambda gave up after {times} invocations ({context.get('condition')}): {why}"
        return Loss(parse(letter["requestPayload"], ChunkRequested), reason, "lambda", final=True)
    request = parse(letter, ChunkRequested)
    if "ERROR_CODE" in attributes:
        reason = f"its worker could not be started: {attributes['ERROR_CODE']}: {attributes.get('ERROR_MESSAGE', '')}"
        return Loss(request, reason, "events", final=True)
    return Loss(request, "every worker that took it from the queue died before it was done", "queue", final=True)


def from_task_change(detail: dict) -> Loss:
    """The loss in the detail of an "ECS Task State Change" of a task that has stopped.

    Raises InvalidEvent when the task was not started for a chunk.
    """
    exits = [c["exitCode"] for c in detail.get("containers", []) if "exitCode" in c]
    ended = f"exit code {exits[0]}" if exits else "it never ran"
    reason = f"its Fargate task ended ({ended}): {detail.get('stopCode', '')}: {detail.get('stoppedReason', '')}"
    return Loss(request_from(arguments_of(detail)), reason, "fargate", final=False, ended_well=exits == [0])


def arguments_of(task: dict) -> list[str]:
    """What follows `python -m rollcall.worker` in the command a task was started with."""
    overrides = task.get("overrides", {}).get("containerOverrides", [])
    command = overrides[0].get("command", []) if overrides else []
    if "rollcall.worker" not in command:
        raise InvalidEvent("a task that was not started for a chunk")
    return command[command.index("rollcall.worker") + 1 :]


def from_job_change(detail: dict) -> Loss:
    """The loss in the detail of a "Batch Job State Change" of a job that has failed, its retries used up.

    Raises InvalidEvent when the job was not started for a chunk.
    """
    if "job_id" not in detail.get("parameters", {}):
        raise InvalidEvent("a Batch job that was not started for a chunk")
    words = [word for name, value in detail["parameters"].items() for word in (f"--{name}", value)]
    reason = f"its Batch job failed after {len(detail.get('attempts', []))} attempts: {detail.get('statusReason', '')}"
    return Loss(request_from(words), reason, "batch", final=True)
