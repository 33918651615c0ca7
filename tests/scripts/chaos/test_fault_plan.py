"""The injectors do what they say: at the rates they say, and the same for the same seed."""

from collections import Counter

import pytest

from chaos.fault_plan import DELAYED, DROPPED, DUPLICATED, LONGEST_DELAY_SECONDS, FaultPlan, Name, name_of

DRAWS = 20_000


def chunk(number: int) -> Name:
    return Name("Chunk Requested", "job/1", f"probe/job/1/{number}/1")


@pytest.fixture(scope="session")
def deliveries() -> list[list[float]]:
    fault_plan = FaultPlan(1)
    return [fault_plan.deliveries(chunk(number)) for number in range(DRAWS)]


def test_a_twentieth_is_dropped_and_a_tenth_is_delivered_twice(deliveries):
    times = Counter(map(len, deliveries))
    assert set(times) == {0, 1, 2}
    assert times[0] / DRAWS == pytest.approx(DROPPED, abs=0.005)
    assert times[2] / DRAWS == pytest.approx(DUPLICATED, abs=0.007)


def test_half_of_the_deliveries_are_late_by_up_to_three_seconds(deliveries):
    delays = [delay for some in deliveries for delay in some]
    assert sum(delay > 0 for delay in delays) / len(delays) == pytest.approx(DELAYED, abs=0.01)
    assert 0.99 * LONGEST_DELAY_SECONDS < max(delays) <= LONGEST_DELAY_SECONDS


def test_what_is_counted_is_what_was_done(deliveries):
    fault_plan = FaultPlan(1)
    done = [fault_plan.deliveries(chunk(number)) for number in range(1000)]
    counted = {fault: times for (fault, _, _), times in fault_plan.faults.items()}
    assert counted["seen"] == 1000
    assert counted["dropped"] == sum(not some for some in done)
    assert counted["duplicated"] == sum(len(some) == 2 for some in done)
    assert counted["delayed"] == sum(any(some) for some in done)


def test_the_same_seed_deals_the_same_fates_in_whatever_order_things_come(deliveries):
    fault_plan = FaultPlan(1)
    backwards = [fault_plan.deliveries(chunk(number)) for number in reversed(range(1000))]
    assert backwards[::-1] == deliveries[:1000]


def test_another_seed_deals_other_fates(deliveries):
    fault_plan = FaultPlan(2)
    assert [fault_plan.deliveries(chunk(number)) for number in range(1000)] != deliveries[:1000]


def test_what_is_laid_anew_meets_a_fate_of_its_own():
    fault_plan = FaultPlan(1)
    assert len({len(fault_plan.deliveries(chunk(7))) for _ in range(100)}) == 3


def test_a_chunk_is_named_by_its_run_its_number_and_its_dispatch():
    detail = {"job_id": "j", "run": 2, "chunk": 3, "dispatch": 4, "data_type": "probe", "offset": 99}
    assert name_of({"detail-type": "Chunk Requested", "detail": detail}) == Name(
        "Chunk Requested", "j/2", "probe/j/2/3/4"
    )


def test_a_dead_letter_is_named_after_the_worker_that_was_lost():
    worker = {"data_type": "probe", "slot": 1, "worker": "w", "attempt": 1}
    letter = {"requestPayload": {"detail-type": "Worker Requested", "detail": worker}}
    assert name_of(letter) == Name("Worker Failed", "", "probe/1/1")
    assert name_of({"look": "probe"}) == Name("Look", "", "probe")
