"""What a job costs in us-east-1, line by line: orchestration apart from workers and storage.

No free tier, no logs, no data transfer. Prices: quotas.yaml.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from rollcall.dispatch.slots import HEARTBEAT_SECONDS
from rollcall.engines import DISTRIBUTED, INLINE_CONCURRENCY, Engine, most_chunks
from rollcall.worker.settlement_batch import FLUSH_SECONDS
from rollcall_planner.engines import SHARD_CHUNKS, SHARD_WRU
from rollcall_planner.flow import TRACKER_BATCH, TRACKERS, Flow
from rollcall_planner.limits import FRAME_TRANSITIONS
from rollcall_planner.maps import is_express
from rollcall_planner.profiles import Profile, price
from rollcall_planner.workload import Workload

ORCHESTRATION, WORKERS, STORAGE = "orchestration", "workers", "storage"
SQS_BATCH = 10
EXPRESS_GB = 0.0625  # memory billed for a small Express execution
SLOT_WRITES = 5  # reserve (two: in a transaction), claim, renew with the first chunk in hand, release
TASK_START_S = 0.5  # assumed: start_tasks asks ECS once
FULL_SET_WRU = 3  # RecordAnswers writes whole number sets of 500
# Of merge_results: 1.02 ms of a core (2026-11-27, 300 one-item chunks read from the same machine), and a quarter more,
# assumed, for what S3 takes longer than its readers hide.
MERGE_S_A_CHUNK = 0.00128
WHOLE_CORE_GB = 1769 / 1024  # memory with which Lambda gives one whole vCPU


@dataclass(frozen=True)
class Line:
    """`quantity` units of something, and what they cost in USD."""

    group: str
    service: str
    what: str
    quantity: float
    usd: float


def line(group: str, what: str, quantity: float, service: str, name: str, per: float = 1.0) -> Line:
    return Line(group, service, what, quantity, quantity * price(service, name) / per)


def transitions(what: str, count: float) -> Line:
    return line(ORCHESTRATION, what, count, "step_functions", "standard_transition")


def lines(engine: Engine, workload: Workload, profile: Profile, flow: Flow) -> list[Line]:
    """Every line of the bill of one job."""
    if engine == Engine.EVENTS:
        own = of_events(workload, profile, flow)
    else:
        own = (of_distributed if engine in DISTRIBUTED else of_inline)(engine, workload, profile)
    return [
        *control(workload, profile),
        *own,
        *of_workers(engine, workload, flow),
        line(STORAGE, "results, a PUT a chunk", workload.chunks, "s3", "put", 1000),
        line(STORAGE, "manifests, a GET a chunk", workload.chunks, "s3", "get", 1000),
        line(STORAGE, "results merged, a GET a chunk", workload.chunks, "s3", "get", 1000),
        line(
            STORAGE,
            "merge_results, 1,769 MB",
            workload.chunks * MERGE_S_A_CHUNK * WHOLE_CORE_GB,
            "lambda",
            "gb_second_x86",
        ),  # fmt: skip
    ]


def control(workload: Workload, profile: Profile) -> Iterator[Line]:
    """What every job has: its frame of states and the partitioning."""
    seconds = workload.items / profile["partition_items_per_s"]
    yield line(ORCHESTRATION, "control Lambdas called", 5, "lambda", "request", 1e6)
    yield line(ORCHESTRATION, "partition_job, 1,769 MB", seconds * WHOLE_CORE_GB, "lambda", "gb_second_x86")
    yield line(ORCHESTRATION, "writes to the job's row", 10, "dynamodb", "on_demand_write", 1e6)


def of_events(workload: Workload, profile: Profile, flow: Flow) -> Iterator[Line]:
    """Queue both ways in batches, a start for each worker, a write for each batch of settlements and shard."""
    chunks, starts = workload.chunks, workers_started(workload, flow)
    a_flush = min(SQS_BATCH, max(1, int(FLUSH_SECONDS / max(flow.stage.work, 1e-3))))
    arriving = chunks / max(flow.computed, 1e-3)
    batch = min(TRACKER_BATCH, max(1.0, arriving / TRACKERS), chunks)
    shards = min(batch, ceil(flow.peak / SHARD_CHUNKS) + 1)
    requests = 3 * chunks / SQS_BATCH + chunks / flow.pulled + 2 * chunks / a_flush + 2 * starts
    yield transitions("states of the job", FRAME_TRANSITIONS)
    yield line(ORCHESTRATION, "queue and settlements, batches of up to ten", requests, "sqs", "standard_request", 1e6)
    yield line(ORCHESTRATION, "workers asked for", starts, "eventbridge", "custom_event_published", 1e6)
    if workload.target == "fargate":
        yield line(ORCHESTRATION, "start_tasks called", starts, "lambda", "request", 1e6)
        yield line(ORCHESTRATION, "start_tasks, 0.25 GB", starts * TASK_START_S / 4, "lambda", "gb_second_x86")
    yield line(ORCHESTRATION, "slots of workers", SLOT_WRITES * starts, "dynamodb", "on_demand_write", 1e6)
    yield line(ORCHESTRATION, "settled sets", chunks / batch * shards * SHARD_WRU, "dynamodb", "on_demand_write", 1e6)
    yield line(ORCHESTRATION, "tracker called", chunks / batch, "lambda", "request", 1e6)
    enqueuing, tracking = chunks / profile["dispatch_chunks_per_s"], chunks / batch * profile["tracker_batch"]
    yield line(ORCHESTRATION, "dispatch_chunks, 1,769 MB", enqueuing * WHOLE_CORE_GB, "lambda", "gb_second_x86")
    yield line(ORCHESTRATION, "tracker, 0.5 GB", tracking / 2, "lambda", "gb_second_x86")


def of_inline(engine: Engine, workload: Workload, profile: Profile) -> Iterator[Line]:
    """An iteration a chunk, in as many jobs as the history of one makes necessary."""
    chunks = workload.chunks
    jobs = ceil(chunks / (most_chunks(engine) or chunks))
    yield transitions("states of the job, a job for each history that fills", FRAME_TRANSITIONS * jobs)
    yield transitions("iterations", chunks)
    if engine == Engine.MAP_IN_MAP:
        yield transitions("inner Maps", ceil(chunks / INLINE_CONCURRENCY))
    if engine == Engine.EVENTS_PER_ITEM:
        yield transitions("completion executions, 3 states each", 3 * chunks)
        yield line(ORCHESTRATION, "counter", chunks, "dynamodb", "on_demand_write", 1e6)
    else:
        yield from recorded(workload, profile)
    if events := {Engine.CALLBACK: chunks, Engine.EVENTS_PER_ITEM: 2 * chunks}.get(engine):
        yield line(ORCHESTRATION, "events", events, "eventbridge", "custom_event_published", 1e6)


def of_distributed(engine: Engine, workload: Workload, profile: Profile) -> Iterator[Line]:
    """A child a chunk: one transition to start it, and its own states or its time."""
    chunks = workload.chunks
    yield transitions("states of the job", FRAME_TRANSITIONS)
    yield transitions("children started", chunks)
    if engine != Engine.CHUNKED and is_express(workload, profile):
        gb_seconds = chunks * EXPRESS_GB * max(0.1, workload.work_s)
        yield line(ORCHESTRATION, "Express children", chunks, "step_functions", "express_request", 1e6)
        yield line(ORCHESTRATION, "time of Express children", gb_seconds, "step_functions", "express_gb_second_tier1")
    else:
        yield transitions("states of the children", chunks)
    if workload.rate:
        yield line(ORCHESTRATION, "times reserved, one by one", workload.items, "dynamodb", "on_demand_write", 1e6)
    yield from recorded(workload, profile)


def recorded(workload: Workload, profile: Profile) -> Iterator[Line]:
    """RecordAnswers settles what a Map has answered."""
    writes = ceil(workload.chunks / SHARD_CHUNKS) * FULL_SET_WRU
    yield line(ORCHESTRATION, "answers into settled sets", writes, "dynamodb", "on_demand_write", 1e6)
    yield line(ORCHESTRATION, "record_answers, 0.5 GB", workload.chunks / profile["answers_per_s"] / 2, "lambda",
               "gb_second_x86")  # fmt: skip


def workers_started(workload: Workload, flow: Flow) -> float:
    """Workers and their successors: a Lambda hands over before its time is up."""
    lives = flow.stage.hold * workload.chunks / flow.life_s if 0 < flow.life_s < float("inf") else 0
    return flow.peak + int(lives)


def of_workers(engine: Engine, workload: Workload, flow: Flow) -> Iterator[Line]:
    seconds = workload.chunks * flow.stage.work
    if workload.target == "lambda":
        calls = workers_started(workload, flow) if engine == Engine.EVENTS else workload.chunks
        yield line(WORKERS, "calls", calls, "lambda", "request", 1e6)
        yield line(WORKERS, f"calculation, {workload.memory_mb} MB", seconds * workload.memory_mb / 1024, "lambda",
                   "gb_second_x86")  # fmt: skip
    else:
        hours = max(seconds, 60.0 * flow.peak) / 3600
        kind = "spot_x86" if workload.spot else "x86"
        yield line(WORKERS, "vCPU hours", hours * workload.vcpus, "fargate", f"vcpu_hour_{kind}")
        yield line(WORKERS, "GB hours", hours * workload.memory_mb / 1024, "fargate", f"gb_hour_{kind}")
        yield line(WORKERS, "hours of a public address", hours, "fargate", "public_ipv4")
    if engine == Engine.EVENTS:
        beats = int(seconds / HEARTBEAT_SECONDS)
        yield line(WORKERS, "heartbeats: leases renewed", beats, "dynamodb", "on_demand_write", 1e6)
        yield line(WORKERS, "heartbeats: chunks kept hidden", beats, "sqs", "standard_request", 1e6)


def bill(found: list[Line], items: int) -> dict:
    """{"total", "orchestration", "workers", "storage", "by_service", "per_million_items", "lines"} in USD."""
    groups = {
        group: sum(each.usd for each in found if each.group == group) for group in (ORCHESTRATION, WORKERS, STORAGE)
    }
    total = sum(groups.values())
    services: dict[str, float] = {}
    for each in found:
        services[each.service] = services.get(each.service, 0.0) + each.usd
    million = 1e6 / items
    return {
        "total": total,
        **groups,
        "by_service": services,
        "per_million_items": {"total": total * million} | {name: usd * million for name, usd in groups.items()},
        "lines": [vars(each) for each in found],
    }
