"""What a job waits for: the chunks that have not settled, where they are, and what happens next."""

from dataclasses import dataclass

from botocore.exceptions import ClientError

from rollcall.barrier.settled_sets import SettledSets, read_sets
from rollcall.dispatch import deadlines, last_failure, queues
from rollcall.dispatch.slots import LEASE_SECONDS
from rollcall.engines import Engine
from rollcall.records import jobs as job_record
from rollcall.records import locks
from rollcall.records.jobs import JobState, execution_name
from rollcall.records.plans import Part, Plan
from rollcall.records.results import chunk_of, result_keys
from rollcall.records.rows import JobRow
from rollcall_client.environment import Environment
from rollcall_client.job_status import items_in
from rollcall_client.timing import clock

CHUNKS_NAMED = 20
QUEUE_GONE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")


@dataclass(frozen=True)
class Waiting:
    """One data type with unsettled chunks; times are ISO 8601, empty for what does not happen.

    `in_queue` and `in_work` are SQS's approximate counts. `workers` ({"slot", "task", "since"}) have chunks of
    this job in hand, `starting` workers of the route are on their way. `not_started` says why none could be started
    the last time, "" while one works. `sweeps` of `max_attempts` times lost chunks were handed out again.
    """

    data_type: str
    route: str
    target: str
    chunks: list[int]
    items: int
    in_queue: int
    in_work: int
    workers: list[dict]
    starting: int
    not_started: str
    last_settled_at: str
    overdue_at: str
    sweeps: int
    max_attempts: int
    next_action: str


def waiting_for(env: Environment, row: JobRow) -> tuple[str, list[Waiting]]:
    """(in a sentence, per data type) what a job waits for."""
    state = JobState(row["state"])
    if state.ended:
        return f"it waits for nothing: it ended {state} at {row.get('finished_at', 'an unknown time')}", []
    if state == JobState.PARTITIONING:
        return waiting_for_lock(env, row) or (
            "its input is being read into chunks; nothing is dispatched before that is done"
        ), []
    plan = job_record.read_plan(env.jobs, row["job_id"], row["run"])
    sets = read_sets(env.progress, plan)
    if state == JobState.SETTLED:
        settled = "every chunk has settled" if sets.complete else "it has failed before every chunk had settled"
        return f"{settled}; what follows from that is running", []
    if plan.engine != Engine.EVENTS:
        return waiting_for_map(env, row, plan), []
    unsettled = [look_at(env, row, part, sets) for part in plan.parts if sets.settled(part) < part.chunks]
    sentence = f"{plan.chunks - sets.chunks:,} of {plan.chunks:,} chunks have not settled"
    if sets.repeats:
        sentence += f"; {sets.repeats:,} times a chunk was handed out again"
    return sentence + (paused(row) if state == JobState.PAUSED else ""), unsettled


def waiting_for_map(env: Environment, row: JobRow, plan: Plan) -> str:
    """Engines other than `events` settle when their state machine has all answers; which are missing, results tell."""
    stored = result_keys(env.client("s3"), env.deployment.bucket, plan.job_id).get(plan.run, [])
    missing = sorted(set(range(plan.chunks)) - set(map(chunk_of, stored)))
    name = execution_name(plan.job_id, plan.run, row["restarts"])
    if not missing:
        return f"all {plan.chunks:,} chunks have a result; engine {plan.engine} waits for answers in execution {name}"
    which = ", ".join(map(str, missing[:CHUNKS_NAMED])) + " …" * (len(missing) > CHUNKS_NAMED)
    return (
        f"{len(missing):,} of {plan.chunks:,} chunks have no result: {which}; engine {plan.engine} waits for them in "
        f"execution {name} and hands nothing out again"
    )


def waiting_for_lock(env: Environment, row: JobRow) -> str | None:
    """Who has the lock that a job wants; None when it wants none or has it."""
    if "lock" not in row:
        return None
    lock = locks.read(env.jobs, row["lock"])
    if lock["holder"] in (None, row["job_id"]):
        return None
    return (
        f"it waits for lock {row['lock']!r}, held by job {lock['holder']} since {clock(lock['since'])}; it goes on "
        f"when that job has ended, see: rollcall why {lock['holder']}"
    )


def paused(row: JobRow) -> str:
    last = next((event for event in reversed(row.get("timeline", [])) if event["what"] == "paused"), None)
    when = f" by {last['by']} at {clock(last['at'])}" if last else ""
    return f"; it was paused{when}, go on with: rollcall resume {row['job_id']}"


def look_at(env: Environment, row: JobRow, part: Part, sets: SettledSets) -> Waiting:
    """Where the missing chunks of one data type are."""
    chunks, is_paused = sets.missing(part), row["state"] == JobState.PAUSED
    in_queue, in_work = queue_counts(env, part)
    live = env.slots.live(part.route, part.max_concurrency)
    workers = [
        {"slot": slot, "task": worker["task"], "since": worker["since"]}
        for slot, worker in sorted(live.items())
        if worker["phase"] == "working" and row["job_id"] in worker.get("jobs", [])
    ]
    starting = sum(worker["phase"] == "starting" for worker in live.values())
    nobody_works = starting == len(live)
    not_started = last_failure.read(env.slots.table, part.route, last_failure.WAITS) if nobody_works else ""
    return Waiting(
        data_type=part.data_type,
        route=part.route,
        target=part.target,
        chunks=chunks,
        items=items_in(env, sets.plan, chunks),
        in_queue=in_queue,
        in_work=in_work,
        workers=workers,
        starting=starting,
        not_started=not_started,
        last_settled_at=sets.last_at(part),
        overdue_at="" if is_paused else deadlines.next_sweep(row, sets.plan, sets)[part.data_type],
        sweeps=deadlines.sweeps_of(row, part, sets),
        max_attempts=part.max_attempts,
        next_action=next_action(row, part, sets, in_queue, in_work, starting, not_started),
    )


def queue_counts(env: Environment, part: Part) -> tuple[int, int]:
    """(waiting, in work) in the queue of a route: nothing, if the route is gone."""
    try:
        return queues.counts(env.client("sqs"), part.queue_url)
    except ClientError as error:
        if error.response["Error"]["Code"] not in QUEUE_GONE:
            raise
        return 0, 0


def next_action(
    row: JobRow, part: Part, sets: SettledSets, in_queue: int, in_work: int, starting: int, not_started: str
) -> str:
    if row["state"] == JobState.PAUSED:
        return "nothing more is handed out while the job is paused"
    if deadlines.given_up_name(sets.plan, part) in row.get("given_up", ()):
        return "the sweeper fails its items by name: nobody answered for them"
    if in_work:
        return f"workers pull on; a chunk whose worker dies comes back within {LEASE_SECONDS} seconds"
    if in_queue and not_started:
        return f"no worker can be started for now, it is tried until one can; the last time {not_started}"
    if in_queue and starting:
        return f"{starting} workers are being started"
    if in_queue:
        return "a worker is started within a minute, as soon as the route has a free slot"
    if "dispatched_at" not in row:
        return "it is being handed out"
    return "none of it is on its way: its settlements are being counted, or it is lost"
