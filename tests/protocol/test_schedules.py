"""The real functions under random schedules with a fault at any call to AWS.

A schedule is one run of the state machine below: up to STEPS rules in an order hypothesis draws, each
with the number of the call at which its function dies, is refused or loses the answer; then everything
that is still on its way arrives and the sweeper looks once more. They come in twenty shares, of which
`make test` runs one; ROLLCALL_SCHEDULES=100000 runs more.
"""

import os
import time

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.protocol.schedules import FAULTS, World

SCHEDULES = int(os.environ.get("ROLLCALL_SCHEDULES", "10000"))
SHARES = [0, *(pytest.param(share, marks=pytest.mark.full) for share in range(1, 20))]
STEPS = 12
fault = st.sampled_from(FAULTS)
at = st.integers(1, 8)


class Schedule(RuleBasedStateMachine):
    run = 0

    @initialize(failed=st.lists(st.integers(0, 2), min_size=3, max_size=6), fault=fault, at=at)
    def open(self, failed, fault, at):
        self.world = World(failed)
        self.world.under(fault, at, self.world.dispatch)

    @precondition(lambda self: self.world.settlements)
    @rule(data=st.data(), most=st.integers(1, 4), again=st.booleans(), fault=fault, at=at)
    def settlements_are_delivered(self, data, most, again, fault, at):
        waiting = self.world.settlements
        taken = [waiting.pop(data.draw(st.integers(0, len(waiting) - 1))) for _ in range(min(most, len(waiting)))]
        self.world.track(taken, fault, at)
        if again:
            waiting += taken

    @precondition(lambda self: self.world.chunks)
    @rule(data=st.data(), most=st.integers(1, 4), again=st.booleans(), fault=fault, at=at)
    def chunks_are_run(self, data, most, again, fault, at):
        for _ in range(min(most, len(self.world.chunks))):
            body = self.world.chunks.pop(data.draw(st.integers(0, len(self.world.chunks) - 1)))
            self.world.work(body, fault, at)
            if again:
                self.world.chunks.append(body)

    @precondition(lambda self: self.world.chunks or self.world.settlements)
    @rule()
    def a_message_is_lost(self):
        (self.world.settlements or self.world.chunks).pop()

    @rule(fault=fault, at=at)
    def the_token_is_armed(self, fault, at):
        self.world.under(fault, at, self.world.arm)

    @rule(overdue=st.booleans(), fault=fault, at=at)
    def the_sweeper_looks(self, overdue, fault, at):
        self.world.under(fault, at, lambda: self.world.sweep(overdue))

    @rule(fault=fault, at=at)
    def the_job_is_paused(self, fault, at):
        self.world.under(fault, at, self.world.pause)

    @rule(fault=fault, at=at)
    def the_job_goes_on(self, fault, at):
        self.world.under(fault, at, self.world.resume)

    @precondition(lambda self: self.world.taken == ())
    @rule(sure=st.integers(0, 9), fault=fault, at=at)
    def the_job_is_cancelled(self, sure, fault, at):
        if not sure:
            self.world.under(fault, at, self.world.cancel)

    @invariant()
    def nothing_is_released_early_or_twice_or_miscounted(self):
        if hasattr(self, "world"):
            assert not self.world.wrong(), self.world.wrong()

    def teardown(self):
        if not hasattr(self, "world"):
            return
        self.world.come_to_an_end()
        assert not self.world.wrong(), self.world.wrong()
        assert not self.world.wrong_at_end(), self.world.wrong_at_end()
        Schedule.run += 1


@pytest.mark.parametrize("share", SHARES)
def test_every_schedule_releases_once_with_exact_counts(index, capsys, share):
    schedules = SCHEDULES // len(SHARES)
    began = time.monotonic()
    Schedule.run = 0
    run_state_machine_as_test(
        Schedule,
        settings=settings(
            max_examples=schedules,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        ),
    )
    with capsys.disabled():
        print(f"\n{Schedule.run:,} schedules, {time.monotonic() - began:.0f} s", end=" ")
    assert Schedule.run >= schedules
