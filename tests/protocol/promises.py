"""What the barrier promises: never early, never twice, every failure counted once, released or named."""

import json
from functools import lru_cache

from tests.protocol.database import Rows
from tests.protocol.scenario import Scenario

from rollcall.records import plans


class Judge:
    """The promises of the barrier, of what is stored and what was released."""

    def __init__(self, scenario: Scenario):
        self.scenario = scenario
        self.wrong = lru_cache(maxsize=None)(self.wrong)
        self.stored = lru_cache(maxsize=None)(self.stored)

    def wrong(self, rows: Rows, taken: tuple) -> str | None:
        """Never early, never twice, every failed item counted once."""
        for run, plan in self.scenario.plans.items():
            members, failed = self.stored(rows, run)
            if self.scenario.failures and failed != sum(self.scenario.failures.get((run, c), 0) for c in members):
                return f"run {run} has settled {sorted(members)} and counts {failed} failed items"
            released = [json.loads(output) for token, output in taken if self.scenario.tokens[token] == run]
            if len(released) > 1:
                return f"run {run} was released twice"
            if released and (problem := wrong_release(plan, members, failed, released[0])):
                return problem
        return None

    def wrong_at_end(self, rows: Rows, taken: tuple, lost: tuple) -> str | None:
        """Released, or cancelled, or paused, or waiting for nothing but chunks that are lost and named."""
        job = json.loads(dict(rows)["jobs/job/job"])
        run, state = int(job["run"]["N"]), job["state"]["S"]
        members, _ = self.stored(rows, run)
        missing = {chunk for chunk in range(self.scenario.plans[run].chunks) if chunk not in members}
        released = run in {self.scenario.tokens[token] for token, _ in taken}
        gone = {json.loads(body)["detail"]["chunk"] for body in lost}
        if "cancelled_by" in job and (state != "CANCELLED" or released):
            return f"it was cancelled, and it ends {state}, {'released' if released else 'not released'}"
        if released and state in ("SETTLED", "SUCCEEDED", "PARTIAL", "FAILED"):
            return None
        if not released and state == "CANCELLED":
            return None
        if self.scenario.named and not released and state == "RUNNING" and missing and missing <= gone:
            return None
        if not released and state == "PAUSED" and missing:
            return None
        return f"it ends {state}, {'released' if released else 'not released'}, with {sorted(missing)} missing"

    def stored(self, rows: Rows, run: int) -> tuple[frozenset[int], int]:
        """(settled chunks, failed items) as the sets of a run have them."""
        found = [json.loads(row) for at, row in rows if at.startswith(f"progress/job/{run}/") and "repeats" not in at]
        members = frozenset(int(number) for row in found for number in row["members"]["NS"])
        return members, sum(int(row["failed"]["N"]) for row in found)


def wrong_release(plan: plans.Plan, members: frozenset[int], failed: int, released: dict) -> str | None:
    if plan.fail_fast and not plan.tolerates(plan.base_failed + failed):
        return None if released["status"] == "FAILED" else f"failed fast, and released as {released}"
    if len(members) < plan.chunks:
        return f"run {plan.run} was released with only {sorted(members)} settled"
    if released["items"] != plan.total or released["failed"] != plan.base_failed + failed:
        return f"run {plan.run} has {plan.total} items, {failed} of its own failed, and was released as {released}"
    return None
