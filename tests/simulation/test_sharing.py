"""Jobs on one route: small ones do not wait for a big one."""

import statistics

CHUNK_SECONDS = 10.0


def test_a_small_job_ends_within_a_few_chunk_times_while_a_big_one_runs(fleet):
    it = fleet(100)
    it.submit("big", 5_000)
    it.submit("small", 20, at=100.0)
    it.time.run()
    assert it.makespan("big") > 500
    assert it.makespan("small") - 100.0 < 3 * CHUNK_SECONDS
    assert it.chunks_settled("small") == list(range(20))
    assert it.chunks_settled("big") == list(range(5_000))
    assert it.most_working <= 100


def test_two_big_jobs_share_their_workers(fleet):
    it = fleet(100)
    it.submit("first", 2_000)
    it.submit("second", 2_000, at=20.0)
    it.time.run()
    halfway = [sum(job == name and at < 220.0 for at, job, _ in it.sqs.settled) for name in ("first", "second")]
    assert halfway[1] > 0.8 * (halfway[0] - 200)  # the first had 20 s for itself
    assert it.makespan() < 1.05 * 400 + CHUNK_SECONDS


def test_a_job_that_comes_as_the_last_workers_leave_is_run_as_well(fleet):
    ended = run_alone(fleet(10))
    for late in range(-12, 8):
        it = fleet(10)
        it.submit("first", 20)
        it.submit("second", 20, at=ended + late * 0.1)
        it.time.run()
        assert it.chunks_settled("second") == list(range(20))
        assert it.most_working <= 10


def run_alone(it) -> float:
    it.submit("first", 20)
    it.time.run()
    return it.makespan()


def test_workers_with_more_chunks_in_hand_than_sqs_allows_wait_for_room_and_lose_none(fleet):
    it = fleet(100, items_a_chunk=1, item_seconds=0.2, most_in_flight=300)
    it.submit("job", 10_000)
    it.time.run()
    assert it.chunks_settled("job") == list(range(10_000))
    assert it.sqs.queue("https://queue").most_in_flight == 300
    assert max(attempt for _, _, attempt in it.handed_out) == 1
    assert len(it.lives) < 300


def test_a_hundred_small_jobs_take_at_most_twice_as_long_beside_one_of_a_hundred_thousand_items(fleet):
    """The median of them; all come together, of 20 items each."""

    def median(it, begin: float) -> float:
        for number in range(100):
            it.submit(f"small-{number}", 2, at=begin)
        it.time.run()
        return statistics.median(it.makespan(f"small-{number}") - begin for number in range(100))

    alone = median(fleet(40, items_a_chunk=10, item_seconds=0.1), 0.0)
    beside = fleet(40, items_a_chunk=10, item_seconds=0.1)
    beside.submit("big", 10_000)
    assert median(beside, 60.0) <= 2 * alone <= 20
    assert beside.makespan("big") > 200
