"""Slots over all interleavings: no chunk is left with nobody coming, and no slot has two workers."""

import time

import pytest
from tests.protocol.explorer import Violation, explore
from tests.protocol.mutating import mutate
from tests.protocol.slots_model import Budget
from tests.protocol.slots_scenarios import model

from rollcall.dispatch.dispatcher import Dispatcher
from rollcall.dispatch.slots import Slots
from rollcall.worker.pull_worker import Worker

MODELS = {
    "two dispatchers, one slot": lambda: model(2, 1, Budget(misses=1), dispatchers=2),
    "a start delivered twice": lambda: model(1, 1, Budget(duplicates=1, misses=1)),
    "too many chunks in flight": lambda: model(2, 1, Budget(misses=1, over_limit=1)),
    "two slots": lambda: model(2, 2, Budget(misses=1)),
    "a worker dies": lambda: model(2, 1, Budget(crashes=1)),
    "a start is lost, another late": lambda: model(1, 1, Budget(losses=1, delays=1)),
    "a call is repeated": lambda: model(1, 1, Budget(repeats=1, duplicates=1)),
}

LONG = {"two dispatchers, one slot", "a start delivered twice", "too many chunks in flight"}  # tens of seconds each


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.full) if name in LONG else name for name in MODELS]
)
def test_no_interleaving_leaves_a_chunk_or_shares_a_slot(index, name, capsys):
    began = time.monotonic()
    explored = explore(MODELS[name]())
    with capsys.disabled():
        seconds = time.monotonic() - began
        print(f"\n{name}: {explored.states:,} states, {explored.steps:,} steps, {seconds:.1f} s", end=" ")
    assert explored.ends


MUTATIONS = {
    "a worker takes a queue with too many chunks in flight for an empty one, and looks no more": (
        Worker.pull_until_empty,
        """            self.sleep(random.uniform(*HELD_UP_SECONDS))
            continue
""",
        """            self.slots.release(self.request)
            return
""",
        lambda: model(2, 1, Budget(over_limit=1)),
        "nobody comes",
    ),
    "a worker looks a last time before it releases its slot": (
        Worker.pull_until_empty,
        """            self.slots.release(self.request)
            chunks = self.pull(seconds=LONG_POLL_SECONDS)
            if not chunks:
                return
""",
        """            chunks = self.pull(seconds=LONG_POLL_SECONDS)
            self.slots.release(self.request)
            if not chunks:
                return
""",
        lambda: model(2, 1, Budget(), dispatchers=2),
        "nobody comes",
    ),
    "a worker does not look again": (
        Worker.pull_until_empty,
        "chunks = self.pull(seconds=LONG_POLL_SECONDS)",
        "return",
        lambda: model(2, 1, Budget(), dispatchers=2),
        "nobody comes",
    ),
    "a worker that puts chunks back does not ask whether anybody is there": (
        Worker.pull_until_empty,
        "                if not self.claim(task):\n                    return\n                continue\n",
        "                return\n",
        lambda: model(2, 1, Budget(misses=1), dispatchers=2),
        "nobody comes",
    ),
    "a dispatcher does not look again when it has enqueued all": (
        Dispatcher.dispatch,
        "            started += at_once + self.start(part, rest)\n",
        "            started += at_once\n",
        lambda: model(2, 1, Budget()),
        "nobody comes",
    ),
    "a start delivered twice is taken twice": (
        Slots.claim,
        ' & Attr("phase").eq("starting")',
        "",
        lambda: model(2, 1, Budget(duplicates=1)),
        "2 workers at work",
    ),
    "a slot is claimed whoever has it": (
        Slots.claim,
        "mine | self.is_free()",
        'Attr("route").exists() | mine',
        lambda: model(2, 1, Budget(duplicates=1)),
        "2 workers at work",
    ),
    "a slot is reserved whoever has it": (
        Slots.start,
        "self.is_free()",
        'Attr("nothing").not_exists()',
        lambda: model(3, 1, Budget(misses=1), dispatchers=3),
        "workers at work",
    ),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_a_mutation_is_found(index, name, monkeypatch):
    function, old, new, start, found = MUTATIONS[name]
    mutate(monkeypatch, function, old, new)
    with pytest.raises(Violation, match=found):
        explore(start())
