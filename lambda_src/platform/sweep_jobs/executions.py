"""What to do about the execution that carries a job, once it does not any more."""

from datetime import datetime, timedelta
from enum import Enum

from rollcall.dispatch.deadlines import MOST_RESTARTS
from rollcall.records.jobs import JobState
from rollcall.records.rows import JobRow

QUIET = timedelta(minutes=5)
BROKEN = ("FAILED", "TIMED_OUT")


class Action(Enum):
    """Leave it be, pick the job up with a new execution, or close the job with a reason."""

    LEAVE = "leave"
    RESTART = "restart"
    CLOSE = "close"


def decide(row: JobRow, status: str | None, now: datetime) -> Action:
    """What becomes of an open job whose execution has a status; None when there is no such execution.

    A job whose items have settled is closed, never restarted: its next step may have run already.
    """
    state = JobState(row["state"])
    if state.ended:  # whoever was to finish it did not get to the end
        return Action.CLOSE if is_quiet(row, now) else Action.LEAVE
    if status is None and not row["restarts"]:
        return Action.CLOSE if is_quiet(row, now) else Action.LEAVE
    if status is None or (status in BROKEN and state != JobState.SETTLED and row["restarts"] < MOST_RESTARTS):
        return Action.RESTART
    return Action.CLOSE if status in (*BROKEN, "ABORTED") else Action.LEAVE


def is_quiet(row: JobRow, now: datetime) -> bool:
    """Whether nothing has happened to a job for five minutes."""
    last = row["timeline"][-1]["at"] if row.get("timeline") else row["created_at"]
    return now - datetime.fromisoformat(last) > QUIET
