"""How much of the workers Lambda allows is spent in items of one second, in chunks of ten.

The real dispatcher, slots and workers run in simulated time; what AWS takes is in figures.py. What is lost at
best: the calls between two chunks (0.9 %; nothing if they are short), the start, and half a chunk of each worker at
the end.
"""

import pytest
from tests.simulation import figures

CHUNK_SECONDS = 10.0
CALLS_AND_LAST_POLL = 1.5


def run(fleet, chunks: int):
    fleet.submit("job", chunks)
    fleet.time.run()
    print(
        f"\n{fleet.utilisation():.2%} of {fleet.max_concurrency:,} workers, {fleet.makespan():,.0f} s\n{fleet.table()}"
    )
    return fleet


def is_whole(fleet, chunks: int) -> None:
    assert fleet.chunks_settled("job") == list(range(chunks))
    assert fleet.most_working <= fleet.max_concurrency
    assert not fleet.slots.table.rows
    assert fleet.sqs.queue("https://queue").most_in_flight < figures.MOST_IN_FLIGHT


@pytest.mark.full
def test_a_thousand_workers_spend_97_percent_in_items_and_share_the_last_chunks(fleet):
    it = run(fleet(1000), 50_000)
    is_whole(it, 50_000)
    assert it.utilisation() >= 0.97
    assert it.makespan() - it.first_idle() <= CHUNK_SECONDS + CALLS_AND_LAST_POLL


@pytest.mark.full
def test_ten_thousand_workers_spend_97_percent_in_items(fleet):
    it = run(fleet(10_000), 350_000)
    is_whole(it, 350_000)
    assert it.most_working == 10_000
    assert it.utilisation() >= 0.97
    assert it.makespan() - it.first_idle() <= CHUNK_SECONDS + CALLS_AND_LAST_POLL


def test_workers_that_outlive_lambdas_15_minutes_pass_their_slots_on_without_a_gap(fleet):
    it = run(fleet(50), 50 * 200)
    is_whole(it, 50 * 200)
    assert len(it.lives) == 3 * 50  # about 2,000 s of work
    assert it.utilisation() >= 0.97


@pytest.mark.full
def test_with_chunks_of_one_item_the_calls_of_each_chunk_are_made_while_another_runs(fleet):
    it = run(fleet(1000, items_a_chunk=1), 150_000)
    is_whole(it, 150_000)
    assert it.utilisation() >= 0.97
    assert it.makespan() - it.first_idle() <= 2 + CALLS_AND_LAST_POLL


def test_a_run_repeats_to_the_last_millisecond(fleet):
    first, again, other = (run(fleet(200, seed=seed), 2_000) for seed in (5, 5, 6))
    assert (first.makespan(), first.time.spent) == (again.makespan(), again.time.spent)
    assert first.makespan() != other.makespan()
