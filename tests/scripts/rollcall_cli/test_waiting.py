"""What a job waits for is told by chunk, place and next action."""

from types import SimpleNamespace

import pytest
from tests.samples import route

from rollcall import jobs as job_record
from rollcall.barrier import add_once, full_shards_key, shard_key
from rollcall.jobs import JobState, Part, Plan
from rollcall_cli import reading, waiting


@pytest.fixture
def job(cloud, monkeypatch):
    """A running job of 1,000 equity chunks and 3 scenario chunks, and the environment that has it."""
    monkeypatch.setattr(job_record, "SHARD_SIZE", 500)
    urls = {name: cloud.queue(name) for name in ("equity", "scenario")}
    parts = [
        Part("equity", "lambda", urls["equity"], 4, "m", 10_000, 1000, 0, 0),
        Part("scenario", "batch", urls["scenario"], 4, "m", 6, 3, 1000, 2),
    ]
    plan = Plan("job", 1, "", parts)
    env = SimpleNamespace(
        client=lambda name: cloud.sqs if name == "sqs" else cloud.progress.meta.client,
        deployment=SimpleNamespace(progress_table="progress"),
        routes={name: route(name, url) for name, url in urls.items()},
    )
    # The table's client takes plain values where a client of its own takes typed ones.
    monkeypatch.setattr(reading, "members", lambda env, keys: read_members(cloud, keys))
    return SimpleNamespace(plan=plan, env=env, row={"state": JobState.RUNNING, "plan": plan.to_json()}, urls=urls)


def read_members(cloud, keys: list[str]) -> dict[str, set[int]]:
    rows = (cloud.progress.get_item(Key={"shard": key}).get("Item") for key in keys)
    return {row["shard"]: {int(n) for n in row["members"]} for row in rows if row}


def settle(cloud, plan: Plan, chunks) -> None:
    for chunk in chunks:
        add_once(cloud.progress, shard_key(plan, plan.shard_of(chunk)[0]), {chunk: 0})


def test_exactly_the_chunks_that_are_missing_are_named(cloud, job):
    for shard, chunks in ((0, range(500)), (1, range(500, 1000))):
        add_once(cloud.progress, shard_key(job.plan, shard), dict.fromkeys(set(chunks) - {7, 499, 500}, 0))
    settle(cloud, job.plan, [1000, 1001, 1002])
    sentence, (equity,) = waiting.waiting_for(job.env, job.row)
    assert sentence == "3 of 1,003 chunks have not settled"
    assert (equity.chunks, equity.items, equity.target) == ([7, 499, 500], 30, "lambda")
    assert "equity on lambda: chunks 7, 499-500 (about 30 items)" in waiting.in_words(equity)


def test_where_the_chunks_are_decides_what_happens_next(cloud, job):
    actions = []
    for step in ("nowhere", "queued", "in work"):
        if step == "queued":
            cloud.sqs.send_message(QueueUrl=job.urls["scenario"], MessageBody="x")
        if step == "in work":
            cloud.sqs.receive_message(QueueUrl=job.urls["scenario"])
        actions.append(waiting.waiting_for(job.env, job.row)[1][1].next_action)
    assert actions == [
        "pushed to workers; one that dies is replaced, or its items fail, within 16 minutes",
        "a worker is started within a minute",
        "workers pull on; a chunk whose worker died comes back within 16 minutes",
    ]


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ({"state": "PARTITIONING"}, "its input is being read into chunks"),
        ({"state": "SETTLED"}, "every chunk has settled; its next step is running"),
        ({"state": "PARTIAL", "finished_at": "noon"}, "it waits for nothing: it ended PARTIAL at noon"),
    ],
)
def test_a_job_that_waits_for_no_chunk_says_what_for(job, row, sentence):
    told, chunks = waiting.waiting_for(job.env, row)
    assert sentence in told and chunks == []


def test_numbers_are_told_as_ranges():
    assert list(waiting.ranges([1, 2, 3, 7, 9, 10])) == ["1-3", "7", "9-10"]
    assert list(waiting.ranges([])) == []


def test_the_chunks_of_a_full_shard_are_not_missing(cloud, job):
    add_once(cloud.progress, full_shards_key(job.plan), {0: 0, 2: 0})
    _, (equity,) = waiting.waiting_for(job.env, job.row)
    assert equity.chunks == list(range(500, 1000))
