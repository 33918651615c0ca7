"""What a job waits for is told by chunk, place, worker and next action."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from tests.samples import part

from rollcall.barrier.settled_sets import add_once, shard_key
from rollcall.dispatch import last_failure
from rollcall.events import WorkerRequested
from rollcall.records import jobs as job_record
from rollcall.records import locks
from rollcall.records.jobs import JobState, now, timeline_event
from rollcall.records.results import result_key, write_once
from rollcall_cli.commands.why import in_words, sweep_in_words
from rollcall_client import why

REQUEST = WorkerRequested("equity", 2, "worker", 1)


@pytest.fixture
def job(env, written):
    """A running job of 1,000 equity chunks and 3 scenario chunks, dispatched just now."""
    queues = {name: route.queue_url for name, route in env.routes.items()}
    parts = [
        part("equity", chunks=1000, queue_url=queues["equity"]),
        part("scenario", chunks=3, first_chunk=1000, first_shard=2, queue_url=queues["scenario"], target="batch"),
    ]

    def make(state=JobState.RUNNING, **fields):
        return written(state, parts, **{"dispatched_at": now(), **fields})

    return SimpleNamespace(make=make, queues=queues)


def settle(env, plan, chunks) -> None:
    by_shard: dict[int, dict] = {}
    for chunk in chunks:
        by_shard.setdefault(plan.shard_of(chunk)[0], {})[chunk] = 0
    for shard, chunks_of_shard in by_shard.items():
        add_once(env.progress, shard_key(plan, shard), chunks_of_shard)


def test_exactly_the_chunks_that_are_missing_are_named_with_exactly_their_items(env, job):
    made = job.make()
    settle(env, made.plan, set(range(1003)) - {7, 499, 500})
    sentence, (equity,) = why.waiting_for(env, made.row)
    assert sentence == "3 of 1,003 chunks have not settled"
    assert (equity.chunks, equity.items, equity.target) == ([7, 499, 500], 30, "lambda")
    first, *_ = in_words(equity, datetime.now(UTC))
    assert first.startswith("equity on lambda: chunks 7, 499-500 (30 items); 0 chunks in its queue, 0 in work; last")


def test_where_the_chunks_are_decides_what_happens_next(cloud, env, job):
    row, actions = job.make().row, []
    for step in ("nowhere", "queued", "in work"):
        if step == "queued":
            cloud.sqs.send_message(QueueUrl=job.queues["scenario"], MessageBody="x")
        if step == "in work":
            cloud.sqs.receive_message(QueueUrl=job.queues["scenario"])
        actions.append(why.waiting_for(env, row)[1][1].next_action)
    assert actions == [
        "none of it is on its way: its settlements are being counted, or it is lost",
        "a worker is started within a minute, as soon as the route has a free slot",
        "workers pull on; a chunk whose worker dies comes back within 30 seconds",
    ]


def test_the_workers_that_have_chunks_of_the_job_in_hand_are_named(env, job):
    assert env.slots.claim(REQUEST, "the-task") and env.slots.renew(REQUEST, ["job", "other"], [])
    assert env.slots.claim(WorkerRequested("equity", 0, "another", 1), "for-others")
    _, (equity, _) = why.waiting_for(env, job.make().row)
    assert [(worker["slot"], worker["task"]) for worker in equity.workers] == [(2, "the-task")]
    assert any("in work in slot 2 since" in line for line in in_words(equity, datetime.now(UTC)))


def test_why_no_worker_can_be_started_is_told_as_long_as_none_works(cloud, env, job):
    cloud.sqs.send_message(QueueUrl=job.queues["equity"], MessageBody="x")
    row = job.make().row
    last_failure.write(
        env.slots.table, "equity", last_failure.WAITS, "its Fargate task could not be started: no capacity"
    )
    _, (equity, _) = why.waiting_for(env, row)
    assert equity.next_action == (
        "no worker can be started for now, it is tried until one can; the last time its Fargate task could not be "
        "started: no capacity"
    )
    assert env.slots.claim(REQUEST, "the-task")
    _, (equity, _) = why.waiting_for(env, row)
    assert (equity.not_started, "no capacity" in equity.next_action) == ("", False)


def test_it_is_told_when_the_sweeper_intervenes_and_what_it_does(env, job):
    row = job.make().row
    _, (equity, _) = why.waiting_for(env, row)
    at = datetime.fromisoformat(equity.overdue_at)
    told = sweep_in_words(equity, at - timedelta(minutes=5))
    assert "(in 5 min), lost chunks are handed out again, 0 of 3 times so far" in told
    _, (equity, _) = why.waiting_for(env, row | {"sweeps": 3, "swept_at": now()})
    assert sweep_in_words(equity, at).endswith("lost chunks are failed by name")


def test_a_route_that_is_gone_has_nothing_in_its_queue(cloud, env, job):
    cloud.sqs.delete_queue(QueueUrl=job.queues["equity"])
    _, (equity, _) = why.waiting_for(env, job.make().row)
    assert (equity.in_queue, equity.in_work) == (0, 0)


def test_a_paused_job_says_who_paused_it_and_how_it_goes_on(env, job):
    sentence, (equity, _) = why.waiting_for(
        env, job.make(JobState.PAUSED, timeline=[timeline_event("paused", by="anna")]).row
    )
    assert "it was paused by anna at" in sentence and "go on with: rollcall resume job" in sentence
    assert equity.next_action == "nothing more is handed out while the job is paused"
    assert not any("if nothing of it settles" in line for line in in_words(equity, datetime.now(UTC)))


def test_a_job_that_waits_for_its_lock_says_who_has_it(env, written):
    locks.acquire(env.jobs, "book", "other", wait=False)
    sentence, chunks = why.waiting_for(env, written(JobState.PARTITIONING, lock="book").row)
    assert "it waits for lock 'book', held by job other since" in sentence and chunks == []


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"state": "PARTITIONING"}, "its input is being read into chunks"),
        ({"state": "PARTIAL", "finished_at": "noon"}, "it waits for nothing: it ended PARTIAL at noon"),
    ],
)
def test_a_job_that_waits_for_no_chunk_says_what_for(row, sentence):
    told, chunks = why.waiting_for(None, row)
    assert sentence in told and chunks == []


def test_a_settled_job_says_whether_everything_has_settled(env, job):
    made = job.make(JobState.SETTLED)
    assert "it has failed before every chunk had settled" in why.waiting_for(env, made.row)[0]
    settle(env, made.plan, range(1003))
    assert "every chunk has settled" in why.waiting_for(env, made.row)[0]


@pytest.mark.parametrize(
    ("stored", "named"),
    [
        (set(range(1003)) - {7, 500}, "2 of 1,003 chunks have no result: 7, 500; engine map waits"),
        (set(range(21, 1003)), f"21 of 1,003 chunks have no result: {', '.join(map(str, range(20)))} …; engine map"),
        (set(range(1003)), "all 1,003 chunks have a result; engine map waits for answers in execution job"),
    ],
)
def test_what_another_engine_waits_for_is_told_by_the_results_that_are_missing(env, job, stored, named, monkeypatch):
    """Its sets are filled at its end, and its chunks lie in no queue."""
    made = job.make(engine="map")
    job_record.write_plan(env.jobs, replace(made.plan, engine="map"))
    keys = [result_key("job", 1, chunk) for chunk in stored]
    monkeypatch.setattr(why, "result_keys", lambda *_: {1: keys})
    sentence, unsettled = why.waiting_for(env, made.row)
    assert sentence.startswith(named) and unsettled == []


def test_which_chunks_have_results_is_read_from_the_bucket(env, job):
    made = job.make(engine="map")
    job_record.write_plan(env.jobs, replace(made.plan, engine="map"))
    write_once(env.client("s3"), env.deployment.bucket, result_key("job", 1, 5), ["{}"], 0)
    assert why.waiting_for(env, made.row)[0].startswith("1,002 of 1,003 chunks")
