"""The starts from which the barrier's protocol is explored."""

from collections.abc import Callable
from dataclasses import replace

from tests.protocol.barrier_actions import actions, body, requested, settled
from tests.protocol.barrier_model import BarrierModel
from tests.protocol.database import Rows, Table, answered
from tests.protocol.replay import Process, Replayer
from tests.protocol.scenario import Budget, Scenario, State
from tests.samples import part

from rollcall.records import jobs as job_record
from rollcall.records.jobs import JobState
from rollcall.records.plans import Plan


def plan(chunks: int, run: int = 1, **more) -> Plan:
    return Plan("job", run, "", [part("equity", chunks)], **more)


def stored(write: Callable[[Table], object], rows: Rows = ()) -> Rows:
    """Rows after something was written to the jobs table."""

    def call(operation: str, request: str) -> str:
        nonlocal rows
        answer, rows = answered(operation, request, rows)
        return answer

    write(Table("jobs", call))
    return rows


def opened(first: Plan, **more) -> Rows:
    """The rows of a job that has just been partitioned."""
    row = {**job_record.key("job"), "state": JobState.RUNNING, "run": 1, "dispatch": 1, **more}
    return stored(lambda jobs: jobs.put_item(Item=row), stored(lambda jobs: job_record.write_plan(jobs, first)))


ARM = Process("arm", ("token", "job"))
CHECK = Process("check")
BAD_LUCK = Budget(crashes=1, duplicates=1)


def released(state: State) -> bool:
    return bool(state.taken)


def quiet(state: State) -> bool:
    """Nothing under way: a sweeper that comes now finds what is overdue."""
    waiting = all(not process.answers and process.action not in ("work", "track") for process in state.processes)
    return waiting and not state.pending


def in_state(name: str) -> Callable[[State], bool]:
    return lambda state: f'"state": {{"S": "{name}"}}' in dict(state.rows)["jobs/job/job"]


def small(chunks: int, budget: Budget, failed: dict[int, int] | None = None, **more) -> Scenario:
    """One run; its settlements on the way, its token being armed, a sweeper looking."""
    failed = failed or {}
    given = {"processes": (ARM, CHECK), **more}
    one = given.pop("plan", None) or plan(chunks)
    return Scenario(
        plans={1: one},
        rows=opened(one),
        messages=tuple(settled(chunk, failed.get(chunk, 0)) for chunk in range(chunks)),
        budget=budget,
        failures={(1, chunk): count for chunk, count in failed.items()} or {(1, 0): 0},
        **given,
    )


def dying(chunks: int, budget: Budget, failed: dict[int, int], **more) -> Scenario:
    """A message whose tracker died may be lost for good; the sweeper looks whenever it likes, and at the end."""
    processes = (ARM, CHECK, Process("last check"))
    return small(chunks, budget, failed, processes=processes, guards={"last check": quiet}, **more)


def redriven(budget: Budget) -> Scenario:
    """A run of two chunks, its end, and a second run that opens while settlements of the first still come."""
    first, second = plan(2), plan(1, run=2, base_succeeded=18, base_failed=1)

    def after_redrive(*_) -> tuple:
        return (settled(0, 1, run=2),), (Process("arm", ("token 2", "job.2")),)

    return Scenario(
        plans={1: first, 2: second},
        rows=opened(first),
        messages=(settled(0), settled(1, 2)),
        processes=(ARM, Process("finish"), Process("redrive")),
        budget=budget,
        failures={(1, 1): 2, (2, 0): 1},
        tokens={"token": 1, "token 2": 2},
        guards={"finish": released, "redrive": in_state("PARTIAL")},
        afterwards={"redrive": after_redrive},
    )


def picked_up(budget: Budget) -> Scenario:
    """The first execution has died; its arming comes late, while that of its pick-up is on its way."""
    return small(
        2,
        budget,
        processes=(Process("arm", ("dead token", "job")), Process("arm", ("token", "job.1.1")), CHECK),
    )


def swept(budget: Budget, *processes: Process) -> Scenario:
    """Settlements, or chunks in a queue and workers that ask before they run one; a sweeper comes in time at last."""
    return small(
        2,
        budget,
        processes=(ARM, Process("last sweep"), *processes),
        consumers={"Chunk Settled": ("track", 1), "Chunk Requested": ("work", 2)},
        guards={"last sweep": quiet},
        named=False,
    )


def paused(budget: Budget) -> Scenario:
    return small(
        2,
        budget,
        processes=(ARM, Process("pause"), Process("resume"), Process("last sweep")),
        consumers={"Chunk Settled": ("track", 1), "Chunk Requested": ("work", 2)},
        guards={"resume": in_state("PAUSED"), "last sweep": quiet},
    )


def chunks_first(scenario: Scenario) -> Scenario:
    """The same with the chunks still to be run instead of their settlements."""
    return replace(scenario, messages=tuple(body(requested(chunk, 1)) for chunk in range(scenario.plans[1].chunks)))


def model(scenario: Scenario) -> BarrierModel:
    return BarrierModel(scenario, Replayer(actions(scenario.plans)))
