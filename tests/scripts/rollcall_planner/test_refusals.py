"""What cannot finish is refused with the number and the alternative, and what can is not."""

import pytest

from rollcall.engines import Engine, most_chunks
from rollcall_planner import EstimateRefused, Workload, load_profile, plan
from rollcall_planner.advice import fails_from

PROFILE = load_profile()


def refused(engine: Engine, *workload, quotas=None, **options) -> list[str]:
    return plan(Workload(*workload, **options), PROFILE.with_quotas(**(quotas or {})), engine).refused


@pytest.mark.parametrize(
    ("engine", "most", "options"),
    [
        (Engine.MAP, most_chunks(Engine.MAP), {}),
        (Engine.MAP_IN_MAP, most_chunks(Engine.MAP_IN_MAP), {}),
        (Engine.CALLBACK, most_chunks(Engine.CALLBACK), {}),
        (Engine.EVENTS_PER_ITEM, most_chunks(Engine.EVENTS_PER_ITEM), {}),
    ],
)
def test_an_inline_map_is_refused_one_chunk_beyond_what_its_history_holds(engine, most, options):
    assert refused(engine, most, 1.0, 1) == []
    (reason,) = refused(engine, most + 1, 1.0, 1)
    assert "25,000" in reason and f"{most:,}" in reason
    assert "--chunk 2" in reason and "--engine events" in reason
    assert refused(engine, most + 1, 1.0, 2) == []


def test_a_state_holds_so_many_chunks():
    reasons = refused(Engine.MAP, 3000, 1.0, 1, quotas={"payload_bytes": 100_000})
    assert len(reasons) == 2 and all("100,000 bytes" in reason and "--chunk" in reason for reason in reasons)
    assert refused(Engine.MAP, 3000, 1.0, 1) == []


def test_a_chunk_that_outlasts_a_lambda_is_refused_with_the_size_that_fits():
    (reason,) = refused(Engine.EVENTS, 10_000, 10.0, 100)
    assert "900 s" in reason and "--chunk 87" in reason
    assert refused(Engine.EVENTS, 10_000, 10.0, 87) == []
    (reason,) = refused(Engine.EVENTS, 10, 1000.0, 1)
    assert "Fargate or Batch" in reason
    assert refused(Engine.EVENTS, 10, 1000.0, 1, target="batch") == []


def test_a_container_target_has_one_engine():
    assert refused(Engine.MAP, 10, 1.0, 1, target="fargate")[0].endswith("use --engine events")
    assert refused(Engine.EVENTS, 10, 1.0, 1, target="fargate") == []


def test_a_task_larger_than_the_quota_never_runs_and_has_no_makespan():
    made = plan(Workload(10, 1.0, 1, target="fargate", vcpus=8), PROFILE)
    assert "8 vCPU" in made.refused[0] and "the quota is 6" in made.refused[0]
    assert made.makespan_s == {"expected": None, "low": None, "high": None}
    assert made.as_json()["binding"]["limit"] == "no worker may run"


def test_asynchronous_events_expire_where_all_are_pushed_but_not_where_they_are_pulled():
    workload = 3000, 100.0, 1
    few = {"lambda_concurrency": 10}
    (reason,) = refused(Engine.EVENTS_PER_ITEM, *workload, quotas=few)
    assert "21,600 s" in reason and "--engine events" in reason
    assert refused(Engine.EVENTS, *workload, quotas=few) == []


def test_a_job_that_outlasts_its_state_machine_or_its_queue_is_refused():
    reasons = refused(Engine.EVENTS, 10**6, 100.0, 1, concurrency=100)
    assert any("7 days" in reason and "concurrency of" in reason for reason in reasons)
    week = refused(Engine.EVENTS, 8 * 864, 100.0, 1, concurrency=1)
    assert len(week) == 1 and "8.0 days" in week[0]
    both = refused(Engine.EVENTS, 15 * 864, 100.0, 1, concurrency=1)
    assert any("SQS keeps a chunk 14 days" in reason for reason in both)


def test_the_functions_that_read_and_lay_have_15_minutes():
    assert any(
        "partition_job" in reason and "81,000,000" in reason for reason in refused(Engine.EVENTS, 10**8, 0.0, 1000)
    )
    assert any(
        "dispatch_chunks" in reason and "5,850,000" in reason for reason in refused(Engine.EVENTS, 6 * 10**6, 0.0, 1)
    )
    assert any("record_answers" in reason for reason in refused(Engine.DISTRIBUTED_MAP, 19 * 10**6, 0.0, 1))


def test_the_number_of_items_from_which_a_plan_fails_is_exact():
    made = plan(Workload(100, 1.0, 1), PROFILE, Engine.MAP)
    found = fails_from(made)
    assert found["items"] == most_chunks(Engine.MAP) + 1
    assert "25,000" in found["reason"]


def test_a_question_that_makes_no_sense_names_every_mistake_its_place_and_cure():
    with pytest.raises(EstimateRefused) as raised:
        Workload(0, -1.0, chunk=0, concurrency=0, rate=0.0)
    assert len(raised.value.problems) == 5
    assert all(problem.startswith("--") and "; give " in problem for problem in raised.value.problems)
