"""For each quota one case, computed by hand, in which it binds."""

import pytest
from tests.scripts.rollcall_planner.bare import bare

from rollcall.engines import Engine
from rollcall_planner import Workload, plan

# engine, workload, parameters, quotas, seconds by hand, what binds
CASES = {
    "two transitions a Standard child, ten for the job: (2 × 100,000 + 10 - 5,000) / 5,000": (
        Engine.DISTRIBUTED_MAP, Workload(100_000, 0, 1, timeout_s=900), {},
        {"state_transition_bucket": 5000, "state_transition_per_s": 5000}, 39.002, "Step Functions state transitions"),
    "the bucket first, then the refill: (10,000 - 1,300) / 300": (
        Engine.EVENTS_PER_ITEM, Workload(10_000, 0, 1), {},
        {"start_execution_bucket": 1300, "start_execution_per_s": 300}, 29.0, "Step Functions StartExecution"),
    "a token answered for each item: (5,000 - 3,000) / 500": (
        Engine.CALLBACK, Workload(5000, 0, 1), {},
        {"send_task_success_bucket": 3000, "send_task_success_per_s": 500}, 4.0, "Step Functions SendTaskSuccess"),
    "one event a call: (50,000 - 10,000) / 10,000": (
        Engine.CALLBACK, Workload(50_000, 0, 1), {}, {"put_events_per_s": 10_000}, 4.0, "EventBridge PutEvents"),
    "one rule for each event: (93,750 - 18,750) / 18,750": (
        Engine.CALLBACK, Workload(93_750, 0, 1), {}, {"rule_invocations_per_s": 18_750}, 4.0,
        "EventBridge rule invocations"),
    "five rounds of a thousand": (
        Engine.DISTRIBUTED_MAP, Workload(5000, 2, 1), {}, {"lambda_concurrency": 1000}, 10.0,
        "Lambda account concurrency"),
    "a thousand at once, a hundred more each second: the 2,000th begins after 10 s": (
        Engine.DISTRIBUTED_MAP, Workload(2000, 15, 1), {}, {"lambda_scaling_per_10s": 1000}, 25.0,
        "Lambda scaling of one function"),
    "three rounds of forty": (
        Engine.MAP, Workload(100, 5, 1), {"map_window": 40}, {}, 15.0, "inline Map iterations"),
    "two rounds of three times forty": (
        Engine.MAP_IN_PARALLEL, Workload(240, 5, 1), {"map_window": 40}, {}, 10.0, "inline Map iterations"),
    "two rounds of ten slots of forty": (
        Engine.MAP_IN_MAP, Workload(800, 5, 1, concurrency=400), {"map_window": 40}, {}, 10.0, "inline Map iterations"),
    "two rounds of ten thousand children": (
        Engine.DISTRIBUTED_MAP, Workload(20_000, 3, 1), {}, {"distributed_children": 10_000}, 6.0,
        "Distributed Map children"),
    "Express starts: (18,000 - 6,000) / 6,000": (
        Engine.DISTRIBUTED_MAP, Workload(18_000, 0, 1), {},
        {"start_express_bucket": 6000, "start_express_per_s": 6000}, 2.0, "Step Functions Express starts"),
    "children begun at 300 a second": (
        Engine.DISTRIBUTED_MAP, Workload(3000, 0, 1), {"child_starts_per_s": 300}, {}, 10.0,
        "child starts of a Distributed Map"),
    "one counter in one row: (5,000 - 1,000) / 1,000": (
        Engine.EVENTS_PER_ITEM, Workload(5000, 0, 1), {}, {"partition_wru_per_s": 1000}, 4.0,
        "DynamoDB writes to the job's one counter"),
    "16 write units are 10 writes of 50 chunks, two sets touched by a batch: (2,010 - 10) / 500": (
        Engine.EVENTS, Workload(2010, 0, 1, concurrency=40), {}, {"partition_wru_per_s": 16}, 4.0,
        "DynamoDB writes to the job's open sets"),
    "a PUT a chunk: (10,500 - 3,500) / 3,500": (
        Engine.DISTRIBUTED_MAP, Workload(10_500, 0, 1), {}, {"s3_put_per_s": 3500}, 2.0, "S3 PUTs of one prefix"),
    "a GET a chunk: (16,500 - 5,500) / 5,500": (
        Engine.DISTRIBUTED_MAP, Workload(16_500, 0, 1), {}, {"s3_get_per_s": 5500}, 2.0, "S3 GETs of one prefix"),
    "six tasks of one vCPU, two rounds of 10 s": (
        Engine.EVENTS, Workload(12, 10, 1, target="fargate"), {}, {"fargate_vcpus": 6}, 20.0, "Fargate vCPU quota"),
    "Spot has a quota of its own: two tasks of 2 vCPU, three rounds": (
        Engine.EVENTS, Workload(6, 10, 1, target="fargate", vcpus=2, spot=True), {}, {"fargate_spot_vcpus": 4}, 30.0,
        "Fargate vCPU quota"),
    "a hundred tasks at once, twenty more each second: the 200th begins after 5 s": (
        Engine.EVENTS, Workload(200, 8, 1, target="fargate", concurrency=200), {},
        {"fargate_burst": 100, "fargate_launch_per_s": 20}, 13.0, "Fargate launch rate"),
    "fifty jobs at once, fifty more each second: the 500th begins after 9 s": (
        Engine.EVENTS, Workload(500, 10, 1, target="batch", concurrency=500), {}, {"batch_submit_per_s": 50}, 19.0,
        "Batch SubmitJob"),
    "five trackers of a hundred in 0.2 s: twenty rounds for 10,000": (
        Engine.EVENTS, Workload(10_000, 0, 1), {"tracker_batch": 0.2}, {}, 4.0, "settlements counted by the tracker"),
    "a dispatcher that enqueues 1,000 chunks a second": (
        Engine.EVENTS,
        Workload(5010, 0, 1),
        {"dispatch_chunks_per_s": 1000},
        {},
        5.0,
        "chunks enqueued by one dispatcher",
    ),
    "a dispatcher that starts 100 workers a second: the 501st begins after 5 s": (
        Engine.EVENTS, Workload(501, 6, 1, concurrency=501), {"worker_starts_per_s": 100}, {}, 11.0,
        "workers started by one dispatcher"),
    "10 items a second, chunks of 5 one after another: ten paces of 5 / (10 / 1.03) s, the last ends with its work": (
        Engine.CHUNKED, Workload(50, 0.01, 5, concurrency=1, rate=10), {}, {}, 4.685, "concurrency asked for"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_makespan_is_what_one_computes_by_hand_and_the_quota_is_named(case):
    engine, workload, parameters, quotas, by_hand, binds = CASES[case]
    made = plan(workload, bare(parameters, **quotas), engine)
    assert made.makespan_s["expected"] == pytest.approx(by_hand, rel=2e-3)
    limits = {span["limit"] for span in made.binding["timeline"]}
    assert binds in limits
    assert binds == made.binding["limit"] or made.binding["limit"] == "duration of the last chunks"


def test_without_the_quota_the_same_job_takes_no_time_but_its_items():
    """So that the cases above cannot pass because of something else."""
    for engine, workload, parameters, quotas, by_hand, _ in CASES.values():
        if quotas:
            free = plan(workload, bare(parameters), engine).makespan_s["expected"]
            assert free == pytest.approx(workload.work_s, abs=0.02) and free < by_hand


@pytest.mark.parametrize(
    ("parameter", "seconds"),
    [("job_start", 3), ("delivery", 2), ("cold_start", 4), ("tracker_window", 1.5), ("job_end", 2.5)],
)
def test_fixed_times_are_added_once(parameter, seconds):
    made = plan(Workload(1, 10, 1), bare({parameter: seconds}))
    assert made.makespan_s["expected"] == pytest.approx(10 + seconds)


def test_a_container_is_waited_for_before_its_first_chunk():
    made = plan(Workload(4, 10, 1, target="fargate", concurrency=2), bare({"container_start": 45}))
    assert made.makespan_s["expected"] == pytest.approx(45 + 20)


@pytest.mark.parametrize(("seconds", "chunk", "hold"), [(3.0, 1, 3.1), (0.3, 10, 3.1), (1.5, 1, 1.5), (0.05, 1, 0.1)])
def test_the_worker_overhead_is_paid_once_a_long_chunk_and_hidden_behind_short_ones(seconds, chunk, hold):
    made = plan(Workload(900, seconds, chunk, 10), bare({"chunk_overhead": 0.1}))
    assert made.makespan_s["expected"] == pytest.approx(90 / chunk * hold, rel=0.02)
