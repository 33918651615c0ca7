"""How an execution has ended: as its last state says, or as Step Functions tells of it."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime

from rollcall.records.causes import cause

WORDS = {"ABORTED": "was stopped", "FAILED": "failed", "TIMED_OUT": "ran out of time"}


@dataclass(frozen=True)
class Ending:
    """The end of an execution, by its name.

    `outcome` is the barrier's, `summary` the next step's, `error` says what went wrong, if anything did.
    `request` asked for its job, and was accepted at a moment, `accepted`.
    `broken` when the execution failed by itself: then its job may be restarted by another.
    """

    execution: str
    outcome: dict | None
    summary: dict | None
    error: str | None
    request: dict
    accepted: datetime
    broken: bool = False


def from_state(execution: str, started_at: str, state: dict) -> Ending:
    """From the data of the state machine when it comes to its last state: the request itself, if it fails at once."""
    error = state.get("error")
    why = None if error is None else f"{error.get('Error', '')}: {cause(error.get('Cause', ''))}"
    accepted = datetime.fromisoformat(started_at)
    return Ending(execution, state.get("outcome"), state.get("summary", {}).get("value"), why, state, accepted)


def from_status_change(detail: dict) -> Ending:
    """From the detail of a "Step Functions Execution Status Change": FAILED, TIMED_OUT or ABORTED."""
    status = detail["status"]
    reasons = [reason for reason in (detail.get("error"), cause(detail.get("cause") or "")) if reason]
    why = ": ".join([f"its execution {WORDS[status]}", *reasons])
    request = json.loads(detail.get("input") or "{}")
    accepted = datetime.fromtimestamp(detail["startDate"] / 1000, UTC)
    return Ending(detail["name"], None, None, why, request, accepted, broken=status != "ABORTED")
