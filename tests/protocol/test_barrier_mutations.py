"""Breaking the barrier's order of writes, or leaving out a condition, is found by the exploration."""

import re
from dataclasses import dataclass

import pytest
from tests.protocol import barrier_scenarios as scenarios
from tests.protocol.barrier_scenarios import ARM, model, small
from tests.protocol.explorer import Violation, explore
from tests.protocol.mutating import mutate
from tests.protocol.replay import Process
from tests.protocol.scenario import Budget, Scenario

from dispatch_chunks import dispatch
from finish_job.finish import Finisher
from rollcall.barrier import barrier, settled_sets
from rollcall.worker.job_gate import JobGate


@dataclass(frozen=True)
class Mutation:
    """A change to a function, and what the nearest wrong state is."""

    function: object
    old: str
    new: str
    scenario: Scenario
    found: str


def tracking(budget: Budget = Budget(), chunks: int = 2, **more) -> Scenario:  # noqa: B008  a value
    return small(chunks, budget, {0: 2}, processes=(ARM,), **more)


CRASH, DUPLICATE, CRASH_AND_LOSS = Budget(crashes=1), Budget(duplicates=1), Budget(crashes=1, losses=1)
CLOSING = "only_in=UNSETTLED, where=this_run, event=event)"
THREE_LINES = f"""    _, row = job_record.update(jobs, plan.job_id, changes, {CLOSING}
    if row and row["run"] == plan.run:
        send_token(sfn, row)
"""
PICKED_UP = scenarios.picked_up(Budget())
MUTATIONS = {
    "noting a shard as full before its chunks are added": lambda: Mutation(
        barrier.settle,
        "        added = sets",
        "        fill_shard(plan, shard, 0, progress, jobs, sfn)\n        added = sets",
        tracking(),
        "with only",
    ),
    "counting a shard as full one chunk early": lambda: Mutation(
        barrier.settle, "== size", ">= size - 1", tracking(), "released with only"
    ),
    "noting a full shard only when this batch has added to it": lambda: Mutation(
        barrier.settle, "== size:", "== size and not added.known:", tracking(CRASH), "not released"
    ),
    "sending the token before the state is SETTLED": lambda: Mutation(
        barrier.close,
        THREE_LINES,
        '    send_token(sfn, {**job_record.read(jobs, plan.job_id), "state": JobState.SETTLED, **changes})\n'
        "    job_record.update(jobs, plan.job_id, changes, only_in=UNSETTLED, where=this_run, event=event)\n",
        tracking(),
        "not released",
    ),
    "only the one who settles the job sends the token": lambda: Mutation(
        barrier.close,
        THREE_LINES,
        "    changed, row = job_record.update(jobs, plan.job_id, changes, only_in=UNSETTLED, where=this_run)\n"
        "    if changed:\n        send_token(sfn, row)\n",
        tracking(CRASH),
        "not released",
    ),
    "settling a job that has been cancelled": lambda: Mutation(
        barrier.close,
        "only_in=UNSETTLED, ",
        "",
        small(1, Budget(), processes=(ARM, Process("cancel"))),
        "cancelled, and it ends SETTLED",
    ),
    "a late settlement of the first run settles the second": lambda: Mutation(
        barrier.close, "where=this_run, ", "", scenarios.redriven(DUPLICATE), "released with only []"
    ),
    "arming reads before it writes": lambda: Mutation(
        barrier.arm,
        "    changed, row = job_record",
        "    row = job_record.read(jobs, job_id)\n    changed, _ = job_record",
        tracking(),
        "not released",
    ),
    "arming does not look whether the job has settled": lambda: Mutation(
        barrier.arm, "    if changed:\n        send_token(sfn, row)\n", "", tracking(), "not released"
    ),
    "a token of a dead execution replaces a living one's": lambda: Mutation(
        barrier.arm,
        'Attr("run").eq(run) & newest',
        'Attr("run").eq(run)',
        PICKED_UP,
        "not released",
    ),
    "a late token of the first run replaces the second's": lambda: Mutation(
        barrier.arm, 'Attr("run").eq(run) & newest', 'Attr("run").exists()', scenarios.redriven(CRASH), "not released"
    ),
    "a token is sent whatever the state": lambda: Mutation(
        barrier.send_token, 'row["state"] != JobState.SETTLED or ', "", tracking(), "raised KeyError('outcome')"
    ),
    "failed items are counted without a condition": lambda: Mutation(
        settled_sets.none_counted_yet, "return {", "return {} and {", tracking(DUPLICATE), "counts 4 failed"
    ),
    "one item counted before makes its whole batch count as counted": lambda: Mutation(
        settled_sets.add_portion,
        "0 if m in counted else failed",
        "0",
        small(2, DUPLICATE, {0: 2, 1: 1}, processes=(ARM,), batch=2),
        "counts",
    ),
    "the set as it was before decides": lambda: Mutation(
        settled_sets.add_portion, "Added(held | given", "Added(held", tracking(), "not released"
    ),
    "the sweeper forgets full shards that are not noted": lambda: Mutation(
        barrier.check, "fill_shard(plan", "lambda: (plan", scenarios.dying(2, CRASH_AND_LOSS, {}), "not released"
    ),
    "a dispatch enqueues chunks under the number of the one before": lambda: Mutation(
        dispatch.dispatch_missing,
        'row["dispatch"])\n    event',
        'row["dispatch"] - 1)\n    event',
        scenarios.chunks_first(scenarios.swept(Budget(losses=1))),
        "not released",
    ),
    "a worker runs no chunk of a newer dispatch": lambda: Mutation(
        JobGate.hands_out,
        "request.dispatch)\n",
        "1)\n",
        scenarios.chunks_first(scenarios.swept(Budget(losses=1))),
        "not released",
    ),
    "a repeated finish of the first run ends the second": lambda: Mutation(
        Finisher.close, ", where=this_run", "", scenarios.redriven(CRASH), "not released"
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_is_found(name, monkeypatch):
    mutation = MUTATIONS[name]()
    mutate(monkeypatch, mutation.function, mutation.old, mutation.new)
    with pytest.raises(Violation, match=re.escape(mutation.found)):
        explore(model(mutation.scenario))
