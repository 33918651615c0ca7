"""The same items through every engine end the same, and what an engine cannot do it refuses."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from tests.end_to_end.commands import Cloud, Done, eventually
from tests.end_to_end.looking import probes, row, stored

from rollcall.dispatch import queues
from rollcall.engines import DISTRIBUTED, STATE_BYTES, Engine
from rollcall.events import ChunkSettled
from rollcall.receipts import receipts
from rollcall.records import results
from rollcall_client import executions
from rollcall_client.environment import Environment

UNSAFE = Engine.EVENTS_PER_ITEM
AT = "2026-01-01T00:00:00Z"
FAILING = 7
# Forty and twenty: five chunks as the routes have them, or sixty of one item. The slow one keeps the job open.
BOOK: list[dict] = [
    *({"id": f"p{n}", "data_type": "probe"} for n in range(FAILING)),
    {"id": f"p{FAILING}", "data_type": "probe", "fail": "no price"},
    *({"id": f"p{n}", "data_type": "probe"} for n in range(FAILING + 1, 39)),
    {"id": "p39", "data_type": "probe", "seconds": 15},
    *({"id": f"e{n}", "data_type": "equity", "spot": 10.5, "quantity": n} for n in range(20)),
]


def every_engine(test):
    """With all jobs run by one worker."""
    marks = pytest.mark.full, pytest.mark.xdist_group("engines"), pytest.mark.parametrize("engine", Engine)
    for mark in marks:
        test = mark(test)
    return test


@dataclass
class Ended:
    """A job that was submitted and waited for."""

    job_id: str
    done: Done
    row: dict
    lines: dict[str, dict]


def answers(job: Ended) -> dict[str, tuple]:
    """By item whether it succeeded, and its result or error. A probe's tries are those of its process."""
    return {
        name: (line["ok"], {**line.get("result", {}), "tries": 0}, line.get("error"))
        for name, line in job.lines.items()
    }


def environment(cloud: Cloud, monkeypatch) -> Environment:
    for name, value in cloud.variables.items():
        monkeypatch.setenv(name, value)
    return Environment("local")


def settle_again(env: Environment, job_id: str, chunk: int) -> None:
    """As soon as a chunk has its result, put a second settlement of it on the bus, twice."""
    key = results.result_key(job_id, 1, chunk)
    eventually(lambda: key in stored(env, job_id))
    succeeded, failed = results.stored_counts(env.client("s3"), env.deployment.bucket, key)
    again = ChunkSettled(job_id, 1, chunk, 1, succeeded, failed, "lambda", AT, AT)
    queues.put(env.client("events"), env.deployment.bus, [again, again])


@pytest.fixture(scope="module")
def ended(session_cloud) -> dict[str, Ended]:
    """The book through every engine, each with one settlement told too often."""
    with pytest.MonkeyPatch.context() as patch:
        env = environment(session_cloud, patch)

        def run(engine: str) -> Ended:
            job_id = f"same-{engine.replace('_', '-')}"
            begun = session_cloud.submit(job_id, BOOK, "--type", "valuation", "--engine", engine)
            assert begun.code == 0, begun.err
            settle_again(env, job_id, 0 if engine in (Engine.EVENTS, *DISTRIBUTED) else FAILING)
            done = session_cloud.rollcall("watch", job_id, "--json")
            lines = results.read_results(env.client("s3"), env.deployment.bucket, job_id)
            return Ended(job_id, done, row(env, job_id), {line["id"]: line for line in lines})

        _ = env.deployment  # read once, before there are threads
        with ThreadPoolExecutor(3) as pool:
            return dict(zip(Engine, pool.map(run, Engine), strict=True))


@every_engine
def test_every_engine_gives_every_item_the_same_result(ended, engine):
    assert sorted(ended[engine].lines) == sorted(item["id"] for item in BOOK)
    assert answers(ended[engine]) == answers(ended[Engine.EVENTS])
    failed = {name: line["error"] for name, line in ended[engine].lines.items() if not line["ok"]}
    assert [(name, error["type"], error["message"]) for name, error in failed.items()] == [
        (f"p{FAILING}", "ValueError", "no price")
    ]


@every_engine
def test_one_failed_item_makes_the_job_partial_and_the_next_step_runs_once(ended, engine, env):
    job = ended[engine]
    counts = {name: int(job.row[name]) for name in ("succeeded", "failed", "not_run")}
    assert counts == {"succeeded": 59, "failed": 1, "not_run": 0}
    # The published pattern only counts answers: it cannot know that one was a failure.
    state, code = ("SUCCEEDED", 0) if engine == UNSAFE else ("PARTIAL", 3)
    assert (job.row["state"], job.row["engine"], job.done.code) == (state, engine, code)
    assert executions.releases(executions.history(env, job.job_id)) == 1
    assert json.loads(job.row["summary"])["by_data_type"]["equity"]["succeeded"] == 20


@every_engine
def test_a_settlement_told_twice_is_counted_once_and_the_receipt_is_true(ended, engine, cloud, env):
    verified = cloud.rollcall("verify", ended[engine].job_id)
    assert verified.code == 0, verified.out + verified.err
    receipt = receipts.read_run(env.client("s3"), env.deployment.bucket, ended[engine].job_id, 1)
    assert receipt["engine"] == engine
    assert receipt["duplicates"] >= 1


@pytest.mark.parametrize(
    ("items", "options", "told"),
    [
        (
            [{"id": "a", "data_type": "probe.job"}],
            ["--engine", "map"],
            "'probe.job' runs on batch; use --engine events",
        ),
        (
            [{"id": str(n), "data_type": "probe"} for n in range(4000)],
            ["--engine", "map"],
            "room for 3,112 chunks, and the job has 4,000; use --engine events or distributed_map",
        ),
        (probes("mop", 0), ["--engine", "mop"], "there is no engine 'mop' here; use auto, events, map"),
        (probes("rate", 0), ["--engine", "map", "--rate", "5"], "give items a second, and engine chunked"),
    ],
    ids=["container", "too many", "unknown", "rate"],
)
def test_what_an_engine_cannot_do_is_refused_with_the_number_and_the_alternative(cloud, request, items, options, told):
    refused = cloud.submit(f"refused-{request.node.callspec.id.replace(' ', '-')}", items, *options, "--wait")
    assert refused.code == 5
    assert told in refused.err
    assert "nothing was started" in refused.err


@pytest.mark.full
def test_the_answers_of_a_distributed_map_may_be_more_than_a_state_holds(cloud, env):
    items = [{"id": f"wide-{n}", "data_type": "probe"} for n in range(6600)]
    done = cloud.submit("wide", items, "--engine", "distributed_map", "--chunk", "1", "--wait", "--json")
    assert (done.code, done.json["succeeded"]) == (0, 6600)
    told = [{"chunk": chunk, "succeeded": 1, "failed": 0} for chunk in range(6600)]
    assert len(json.dumps(told, separators=(",", ":"))) > STATE_BYTES
    assert len(executions.history(env, "wide")) < 50


@pytest.mark.full
def test_a_map_whose_chunks_nearly_all_fail_ends_with_every_item_named(cloud, env):
    items = [{"id": f"bad-{n}", "data_type": "probe", **({"fail": "no price"} if n else {})} for n in range(200)]
    done = cloud.submit("nearly-all-fail", items, "--engine", "map", "--chunk", "1", "--wait", "--json")
    assert (done.code, done.json["succeeded"], done.json["failed"], done.json["not_run"]) == (3, 1, 199, 0)
    lines = {
        line["id"]: line["ok"]
        for line in results.read_results(env.client("s3"), env.deployment.bucket, "nearly-all-fail")
    }
    assert lines == {item["id"]: "fail" not in item for item in items}


@pytest.mark.full
def test_auto_says_in_the_timeline_what_it_chose_and_why(cloud):
    for job, count, why in (
        ("auto-small", 3, "1 chunk on Lambda, no more than an inline Map runs at once"),
        ("auto-large", 90, "9 chunks, more than an inline Map may run at once"),
    ):
        assert cloud.submit(job, probes(job, *[0] * count), "--engine", "auto", "--wait").code == 0
        timeline = cloud.rollcall("timeline", job, "--json").json
        (partitioned,) = [event for event in timeline if event["what"] == "partitioned"]
        assert (partitioned["engine"], partitioned["why"]) == ("map" if job == "auto-small" else "events", why)
