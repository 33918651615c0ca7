"""A redrive runs only the items that are asked for, as a new run of the same job."""

from datetime import timedelta

import pytest
from tests.samples import ACCEPTED

from partition_job.partition import Partitioner
from rollcall.errors import InputRefused
from rollcall.intake.manifests import read_chunk, read_index
from rollcall.records import jobs as job_record
from rollcall.records import results


@pytest.fixture
def partitioner(cloud, routes) -> Partitioner:
    return Partitioner(cloud.jobs, cloud.s3, cloud.bucket, routes, [])


def item(n: int) -> dict:
    return {"id": str(n), "data_type": "equity" if n < 30 else "option.american", "n": n}


@pytest.fixture
def job(cloud, partitioner):
    """Forty items in four chunks: 0, 10 and 30 failed, chunk 2 never settled; ended FAILED."""
    partitioner.partition("job", {"input": {"items": [item(n) for n in range(40)]}}, ACCEPTED)
    for chunk in (0, 1, 3):
        answer(cloud, run=1, chunk=chunk, numbers=range(chunk * 10, chunk * 10 + 10), failing=(0, 10, 30))
    end(cloud, succeeded=27, failed=3, not_run=10)


def answer(cloud, run: int, chunk: int, numbers, failing) -> None:
    lines = [
        results.failure_line(item(n), KeyError(f"price {n}"), False, 1)
        if n in failing
        else results.success_line(item(n), {})
        for n in numbers
    ]
    results.write_once(cloud.s3, cloud.bucket, results.result_key("job", run, chunk), lines, 0)


def end(cloud, **counts: int) -> None:
    job_record.update(cloud.jobs, "job", {"state": "FAILED", **counts})


def redriven(cloud, run: int) -> list[int]:
    """The items of a run, read from its own manifests."""
    plan = job_record.read_plan(cloud.jobs, "job", run)
    found = []
    for part in plan.parts:
        for offset, length, _ in read_index("job", run, cloud.bucket, cloud.s3, part.first_chunk, part.chunks):
            found += [line["n"] for line in read_chunk(part.manifest, cloud.bucket, cloud.s3, offset, length)]
    return found


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({"select": ["failed"]}, [0, 10, 30]),
        ({"select": ["missing"]}, [*range(20, 30)]),
        ({"select": ["failed", "missing"]}, [0, 10, *range(20, 30), 30]),
        ({"select": ["failed"], "error": "KeyError.*price [13]0"}, [10, 30]),
    ],
)
def test_only_the_items_asked_for_run_again(cloud, partitioner, job, wish, expected):
    answer = partitioner.partition("job.2", {"redrive": wish}, ACCEPTED)
    assert (answer["run"], answer["items"]) == (2, len(expected))
    assert redriven(cloud, 2) == expected


def test_a_deadline_is_kept_by_the_run_it_was_given_for_and_by_no_redrive(cloud, partitioner):
    partitioner.partition("job", {"input": {"items": [item(0)]}, "deadline_seconds": 3600}, ACCEPTED)
    row = job_record.read(cloud.jobs, "job")
    assert (row["state"], row["deadline_at"]) == ("RUNNING", job_record.written(ACCEPTED + timedelta(hours=1)))
    end(cloud, succeeded=0, failed=0, not_run=1)
    partitioner.partition("job.2", {"redrive": {"select": ["missing"]}}, ACCEPTED)
    row = job_record.read(cloud.jobs, "job")
    assert (row["state"], "deadline_at" in row) == ("RUNNING", False)


def test_the_job_runs_again_with_what_stands_as_its_base(cloud, partitioner, job):
    partitioner.partition("job.2", {"redrive": {"select": ["failed"], "by": "ada"}}, ACCEPTED)
    row, plan = job_record.read(cloud.jobs, "job"), job_record.read_plan(cloud.jobs, "job", 2)
    assert (row["state"], row["run"], row["open"], row["timeline"][-1]["by"]) == ("RUNNING", 2, "open", "ada")
    assert (plan.base_succeeded, plan.base_failed, plan.base_not_run, plan.items, plan.total) == (27, 0, 10, 3, 40)


def test_an_item_stands_as_its_newest_run_left_it(cloud, partitioner, job):
    partitioner.partition("job.2", {"redrive": {"select": ["failed"]}}, ACCEPTED)
    answer(cloud, run=2, chunk=0, numbers=(0, 10), failing=(10,))
    answer(cloud, run=2, chunk=1, numbers=(30,), failing=())
    end(cloud, succeeded=29, failed=1, not_run=10)
    partitioner.partition("job.3", {"redrive": {"select": ["failed"]}}, ACCEPTED)
    assert redriven(cloud, 3) == [10]


def test_a_redrive_may_take_another_route(cloud, partitioner, job):
    partitioner.partition("job.2", {"redrive": {"select": ["failed"], "route": "option.american"}}, ACCEPTED)
    parts = job_record.read_plan(cloud.jobs, "job", 2).parts
    assert [(p.data_type, p.route, p.items) for p in parts] == [
        ("equity", "option.american", 2),
        ("option.american", "option.american", 1),
    ]


def test_asked_again_it_answers_the_same(cloud, partitioner, job):
    request = {"redrive": {"select": ["failed"]}}
    assert partitioner.partition("job.2", request, ACCEPTED) == partitioner.partition("job.2", request, ACCEPTED)


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        ({"select": ["failed"], "error": "Timeout"}, "no item of job 'job' is as asked for"),
        ({"select": ["failed"], "route": "fx"}, "there is no route 'fx'; there are \\*, equity"),
    ],
)
def test_a_redrive_of_nothing_or_to_nowhere_is_refused_and_the_job_stays_as_it_is(cloud, partitioner, job, wish, words):
    before = job_record.read(cloud.jobs, "job")
    with pytest.raises(InputRefused, match=words):
        partitioner.partition("job.2", {"redrive": wish}, ACCEPTED)
    assert job_record.read(cloud.jobs, "job") == before


def test_a_running_job_is_not_redriven(cloud, partitioner, job):
    job_record.update(cloud.jobs, "job", {"state": "RUNNING"})
    with pytest.raises(InputRefused, match="job 'job' is RUNNING in run 1; redrive it when it has ended"):
        partitioner.partition("job.2", {"redrive": {"select": ["failed"]}}, ACCEPTED)
