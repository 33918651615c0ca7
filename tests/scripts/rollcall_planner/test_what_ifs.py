import pytest

from rollcall_planner import EstimateRefused, Workload, load_profile, plan, what_ifs


def assuming(*names: str):
    return what_ifs.assuming(load_profile(), list(names))


@pytest.mark.parametrize("name", what_ifs.names())
def test_a_what_if_says_that_it_cannot_be_deployed_and_where_its_figures_are_from(name):
    made = plan(Workload(1000, 1.0), assuming(name)).as_json()
    assert "not deployable: AWS provider 5.100" in made["what_if"][0]
    before = load_profile().quotas
    changed = {quota for quota, value in assuming(name).quotas.items() if value != before[quota]}
    assert changed
    assert all("20" in assuming(name).sources[quota] for quota in changed), "a source without a date"


def test_nothing_is_assumed_unless_asked_for():
    made = plan(Workload(1000, 1.0), load_profile()).as_json()
    assert made["what_if"] == []
    assert load_profile().quotas["lambda_timeout_s"] == 900


def test_a_long_lambda_takes_chunks_that_are_refused_otherwise():
    work = Workload(100, 1200.0, chunk=1)
    assert "a worker lives 900 s" in plan(work, load_profile()).refused[0]
    assert plan(work, assuming("long-lambda")).refused == []


def test_managed_instances_run_longer_chunks_fewer_at_once_and_leave_the_account_its_lambdas():
    work = Workload(10_000, 3600.0, chunk=1)
    made = plan(work, assuming("managed-instances"))
    assert made.refused == []
    assert made.peak_concurrency == 400
    assert made.binding["limit"] == "vCPUs of the Managed Instances"
    assert not any("tracker" in warning for warning in made.as_json()["warnings"])


def test_a_custom_event_bus_starts_workers_faster_where_the_other_bus_holds_them_up():
    work = Workload(20_000, 1.0, chunk=1, concurrency=20_000)
    small = load_profile("small-region").with_quotas(lambda_concurrency=1e5, lambda_scaling_per_10s=1e5)
    before, after = plan(work, small), plan(work, what_ifs.assuming(small, ["custom-event-bus"]))
    assert before.binding["limit"] == "EventBridge rule invocations"
    assert after.binding["limit"] != before.binding["limit"]
    assert after.makespan_s["expected"] < before.makespan_s["expected"]


def test_what_is_assumed_twice_changes_nothing_and_the_unknown_is_refused():
    once = assuming("custom-event-bus")
    assert what_ifs.assuming(once, ["custom-event-bus"]) == once
    with pytest.raises(EstimateRefused, match="--what-if is 'faster'; give one of long-lambda"):
        assuming("faster")
