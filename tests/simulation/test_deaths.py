"""Workers that die: their chunks run again within the lease, their places are filled, no chunk is lost."""

import random

from rollcall.dispatch.slots import LEASE_SECONDS

CHUNK_SECONDS = 10.0


def killed_at(it, seconds: float, tell_after: float | None) -> dict:
    """Kill a seeded worker; its slot, filled in when it has happened."""
    told = {}

    def strike() -> None:
        life = random.Random(7).choice([life for life in it.lives if not life.thread.dead])
        told["slot"] = life.request.slot
        it.kill(life, tell_after)

    it.time.spawn(strike, after=seconds)
    return told


def test_a_silent_death_costs_its_chunk_one_lease(fleet):
    it = fleet(20)
    it.submit("job", 200)
    killed_at(it, 33.3, tell_after=None)
    it.time.spawn(it.sweep, after=70.0)
    it.time.run()
    assert it.chunks_settled("job") == list(range(200))
    assert it.most_working <= 20
    assert len(it.lives) == 21
    again = [at for at, _, attempt in it.handed_out if attempt == 2]
    assert len(again) == 1
    assert again[0] <= 33.3 + LEASE_SECONDS + CHUNK_SECONDS + 1


def test_a_death_that_is_told_fills_the_slot_at_once(fleet):
    it = fleet(20)
    it.submit("job", 200)
    told = killed_at(it, 33.3, tell_after=1.0)
    it.time.run()
    assert it.chunks_settled("job") == list(range(200))
    assert [life.request.slot for life in it.lives].count(told["slot"]) == 2
    assert it.most_working <= 20
    assert it.makespan() < 100 + 2 * CHUNK_SECONDS + 3


def test_many_deaths_lose_no_chunk(fleet):
    it = fleet(100)
    it.submit("job", 3_000)
    for n in range(30):
        killed_at(it, 5.0 + 8 * n, tell_after=(None, 0.5, 20.0)[n % 3])
    for minute in range(1, 12):
        it.time.spawn(it.sweep, after=60.0 * minute)
    it.time.run()
    assert set(it.chunks_settled("job")) == set(range(3_000))
    assert it.most_working <= 100
