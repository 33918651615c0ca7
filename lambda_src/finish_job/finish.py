"""The end of a job: its final state, its summary or its error, in the job's row."""

import json
from contextlib import suppress

from rollcall import jobs as job_record
from rollcall.barrier import now
from rollcall.jobs import JobState


def finish(jobs, job_id: str, outcome: dict | None, summary: dict | None, error: dict | None) -> dict:
    """Write how a job ended and return it as {"job_id", "status", "items", "succeeded", "failed", …}.

    `outcome` comes from the barrier, `summary` from the next step, `error` ({"Error", "Cause"}) from
    the state that failed. A job whose input was refused stays REFUSED.
    """
    status = outcome["status"] if outcome and not error else JobState.FAILED
    changes = {"state": status, "finished_at": now()}
    if summary is not None:
        changes["summary"] = json.dumps(summary)
    if error is not None:
        changes["error"] = f"{error.get('Error', '')}: {cause(error)}"
    unfinished = tuple(state for state in JobState if state != JobState.REFUSED)
    changed, row = job_record.update(jobs, job_id, changes, only_in=unfinished)
    if row is None:
        row = job_record.update(jobs, job_id, changes)[1]
    counts = {name: int(row.get(name, 0)) for name in ("succeeded", "failed")}
    return {
        "job_id": job_id,
        "status": str(row["state"]),
        "items": counts["succeeded"] + counts["failed"],
        **counts,
        "summary": summary,
    }


def cause(error: dict) -> str:
    """The message inside a Lambda error's JSON cause, or the cause as it is; at most 2,000 characters."""
    text = error.get("Cause", "")
    with suppress(ValueError, KeyError, TypeError):
        text = json.loads(text)["errorMessage"]
    return str(text)[:2000]
