"""The product's functions as actions of the barrier's model, and the messages they live on."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace

from tests.protocol.database import Table
from tests.protocol.replay import Recorded

from dispatch_chunks import dispatch
from finish_job.ending import Ending
from finish_job.finish import Finisher
from partition_job import run_start
from rollcall.barrier import barrier
from rollcall.events import ChunkRequested, ChunkSettled, envelope, parse
from rollcall.records import jobs as job_record
from rollcall.records.jobs import ENDED, UNSETTLED, JobState
from rollcall.records.plans import Plan
from rollcall.worker.job_gate import JobGate
from sweep_jobs.sweeper import Sweeper
from track_settlements.tracker import Tracker

ITEMS = 10  # of a chunk
AT = "2026-01-01T00:00:00.000+00:00"


def settled(chunk: int, failed: int = 0, run: int = 1) -> str:
    return body(ChunkSettled("job", run, chunk, 1, ITEMS - failed, failed, "lambda", AT, AT))


def requested(chunk: int, dispatch: int) -> ChunkRequested:
    return ChunkRequested("job", 1, chunk, dispatch, "equity", "m", 0, 1, ITEMS, "")


def body(event: ChunkSettled | ChunkRequested) -> str:
    return json.dumps(envelope(event), sort_keys=True)


def actions(plans: dict[int, Plan]) -> dict[str, Callable]:
    """The product's functions by name; a token's name carries its run and pick-up after dots."""

    def tables(recorded: Recorded) -> tuple[Table, Table]:
        return Table("jobs", recorded.table), Table("progress", recorded.table)

    def sfn(recorded: Recorded) -> SimpleNamespace:
        return SimpleNamespace(
            send_task_success=lambda taskToken, output: recorded.ask(
                "stepfunctions", "send_task_success", token=taskToken, output=output
            )
        )

    def track(recorded: Recorded, *bodies: str) -> None:
        jobs, progress = tables(recorded)
        known = {("job", run): each for run, each in plans.items()}  # a plan never changes
        tracker = Tracker(jobs, progress, sfn(recorded), refuse, plans=known)
        again = tracker.track([{"messageId": str(i), "body": text} for i, text in enumerate(bodies)], lambda: True)
        assert not again

    def arm(recorded: Recorded, token: str, execution: str) -> None:
        job_id, run, restart = job_record.job_of(execution)
        barrier.arm(tables(recorded)[0], sfn(recorded), job_id, run, restart, token)

    def check(recorded: Recorded, late: Callable[[], object] = str) -> None:
        """What the sweeper does for a job, `late` standing for what it does about late chunks."""
        jobs, progress = tables(recorded)
        late_chunks = SimpleNamespace(look_after=lambda *_: late())
        sweeper = Sweeper(jobs, progress, sfn(recorded), None, late_chunks, "", "")
        sweeper.look_at_barrier(job_record.read(jobs, "job"), datetime.now(UTC))

    def sweep(recorded: Recorded) -> None:
        check(recorded, lambda: redispatch(recorded))

    def change(recorded: Recorded, state: str, only_in: tuple[str, ...], **more) -> None:
        job_record.update(tables(recorded)[0], "job", {"state": state, **more}, only_in=only_in)

    def finish(recorded: Recorded) -> None:
        jobs, progress = tables(recorded)
        row = job_record.read(jobs, "job")
        if row["run"] == 1:  # as `finish` does before it closes
            ending = Ending("job", {"status": "PARTIAL"}, None, None, {}, datetime.now(UTC))
            Finisher(jobs, progress, None, None, "", "", None).close(row, ending)

    def resume(recorded: Recorded) -> None:
        change(recorded, "RUNNING", (JobState.PAUSED,))
        redispatch(recorded)

    def redispatch(recorded: Recorded) -> None:
        jobs, progress = tables(recorded)

        def enqueue(plan: Plan, missing: dict[str, list[int]], number: int) -> dict[str, int]:
            chunks = [chunk for chunks in missing.values() for chunk in chunks]
            for chunk in chunks:
                recorded.ask("queue", "send", body=body(requested(chunk, number)))
            return {"queued": len(chunks), "started": 0}

        dispatch.dispatch_missing("job", jobs, progress, SimpleNamespace(dispatch=enqueue))

    def work(recorded: Recorded, text: str) -> None:
        request = parse(text, ChunkRequested)
        if JobGate(tables(recorded)[0]).hands_out(request):
            recorded.ask("queue", "send", body=settled(request.chunk))

    def redrive(recorded: Recorded) -> None:
        jobs, _ = tables(recorded)
        if job_record.read(jobs, "job")["run"] == 2:  # as `partition` does
            return
        changes = {**job_record.OPEN, "run": 2, "restarts": 0}
        run_start.start(jobs, plans[2], changes, "redriven", ENDED, 1)

    return {
        "track": track,
        "arm": arm,
        "check": check,
        "last check": check,
        "cancel": lambda recorded: change(recorded, "CANCELLED", UNSETTLED, cancelled_by="me"),
        "pause": lambda recorded: change(recorded, "PAUSED", (JobState.RUNNING,)),
        "resume": resume,
        "sweep": sweep,
        "last sweep": sweep,
        "work": work,
        "finish": finish,
        "redrive": redrive,
    }


def refuse(record: dict, reason: str) -> None:
    raise AssertionError(f"{record} was refused: {reason}")
