"""Run locks: of the jobs that name the same lock only one is at work at a time.

A lock is a row of the jobs table, held under a lease that the sweeper renews while its job is open. A
lock whose lease is over, or whose holder has ended, is anybody's. Who held it when is kept as history.
"""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

from rollcall.errors import InputRefused, LockHeld
from rollcall.records.conditional_writes import taken
from rollcall.records.jobs import JobState, expires_at, now
from rollcall.records.jobs import key as job_key
from rollcall.records.rows import LockRow

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

LEASE_SECONDS = 600
HISTORY = 20


def key(name: str) -> dict:
    return {"job_id": f"lock:{name}", "record": "lock"}


def history_key(name: str, since: str, holder: str) -> dict:
    return {"job_id": f"lock:{name}", "record": f"held#{since}#{holder}"}


def acquire(jobs: "Table", name: str, job_id: str, wait: bool) -> None:
    """Take a lock for a job; nothing changes if the job has it already.

    Raises InputRefused naming the holder while another job has it, or LockHeld if the job is to wait for it.
    """
    mine = Attr("holder").eq(job_id)
    over: ConditionBase = Attr("holder").not_exists() | Attr("lease_until").lt(int(time.time()))
    if extend(jobs, name, mine) or take(jobs, name, job_id, over):
        return
    held = held_by(jobs, name)
    if held and has_ended(jobs, held):
        over = Attr("holder").eq(held["holder"]) & Attr("since").eq(held["since"])
    if take(jobs, name, job_id, over):
        return
    holder, since = (held["holder"], held["since"]) if held else ("another job", now())
    reason = f"lock {name!r} is held by job {holder!r} since {since}"
    if wait:
        raise LockHeld(f"{reason}; this job goes on when that one has ended")
    raise InputRefused(
        [f"{reason}; submit again when that one has ended, cancel it, or let this job wait for the lock"]
    )


def held_by(jobs: "Table", name: str) -> LockRow | None:
    """The row of a lock; None while nobody has it."""
    return cast(LockRow | None, jobs.get_item(Key=key(name), ConsistentRead=True).get("Item"))


def has_ended(jobs: "Table", held: LockRow) -> bool:
    """Whether the holder of a lock has ended since it took it; a redrive takes it before its job is open again."""
    row: dict[str, Any] | None = jobs.get_item(Key=job_key(held["holder"]), ConsistentRead=True).get("Item")
    return row is None or (JobState(row["state"]).ended and row.get("finished_at", held["since"]) >= held["since"])


def take(jobs: "Table", name: str, job_id: str, where: ConditionBase) -> bool:
    """Make a job the holder where that may be; the history says until when the one before had it."""
    row = {**key(name), "holder": job_id, "since": now(), "lease_until": int(time.time()) + LEASE_SECONDS}
    before: dict = {}

    def write() -> None:
        before.update(jobs.put_item(Item=row, ConditionExpression=where, ReturnValues="ALL_OLD").get("Attributes", {}))

    if not taken(write):
        return False
    if before:
        note_end(jobs, name, before, f"taken over by job {job_id}")
    entry = {"holder": job_id, "since": row["since"], "expires_at": expires_at()}
    jobs.put_item(Item={**history_key(name, row["since"], job_id), **entry})
    return True


def extend(jobs: "Table", name: str, where: ConditionBase) -> bool:
    return taken(
        lambda: jobs.update_item(
            Key=key(name),
            UpdateExpression="SET lease_until = :until",
            ExpressionAttributeValues={":until": int(time.time()) + LEASE_SECONDS},
            ConditionExpression=where,
        )
    )


def renew(jobs: "Table", name: str, job_id: str) -> bool:
    """Prolong the lease of a lock by ten minutes; False when the job does not hold it."""
    return extend(jobs, name, Attr("holder").eq(job_id))


def release(jobs: "Table", name: str, job_id: str) -> bool:
    """Give a lock up; False when the job did not hold it."""
    held: dict = {}

    def write() -> None:
        answer = jobs.delete_item(Key=key(name), ConditionExpression=Attr("holder").eq(job_id), ReturnValues="ALL_OLD")
        held.update(answer["Attributes"])

    if not taken(write):
        return False
    note_end(jobs, name, held, "released")
    return True


def note_end(jobs: "Table", name: str, held: dict, how: str) -> None:
    jobs.update_item(
        Key=history_key(name, held["since"], held["holder"]),
        UpdateExpression="SET #until = :now, #how = :how, holder = :holder, since = :since, expires_at = :expires",
        ExpressionAttributeNames={"#until": "until", "#how": "how"},
        ExpressionAttributeValues={
            ":now": now(),
            ":how": how,
            ":holder": held["holder"],
            ":since": held["since"],
            ":expires": expires_at(),
        },
    )


def read(jobs: "Table", name: str) -> dict:
    """{"holder", "since", "lease_until", "history"} of a lock, times in ISO 8601; holder is None when nobody has it.

    The history, newest first, lists {"holder", "since", "until", "how"}; the last two are "" for the holder of now.
    """
    held = held_by(jobs, name)
    of_lock = Key("job_id").eq(f"lock:{name}") & Key("record").begins_with("held#")
    rows = jobs.query(KeyConditionExpression=of_lock, ScanIndexForward=False, Limit=HISTORY)["Items"]
    lease = datetime.fromtimestamp(int(held["lease_until"]), UTC).isoformat() if held else ""
    history = [{field: row.get(field, "") for field in ("holder", "since", "until", "how")} for row in rows]
    holder, since = (held["holder"], held["since"]) if held else (None, "")
    return {"holder": holder, "since": since, "lease_until": lease, "history": history}
