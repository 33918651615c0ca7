"""Each engine as a flow: which gates and widths its chunks meet, and which fixed times it has.

`events` is here, with the structure of the dispatcher, the worker and the tracker; the others are in `maps`.
"""

from collections.abc import Callable
from math import ceil, inf

from rollcall.engines import Engine
from rollcall.worker.pace import PULL_SECONDS, chunks_at_once
from rollcall_planner import maps
from rollcall_planner.curves import Gate, Ramp, Stage
from rollcall_planner.flow import TRACKER_BATCH, TRACKERS, Flow
from rollcall_planner.limits import asked_for, asked_widths, container_widths, lambda_widths, storage
from rollcall_planner.phases import last_work, prepared
from rollcall_planner.profiles import Profile
from rollcall_planner.workload import Workload

SHARD_CHUNKS = 500
SHARD_WRU = 1.6  # of one write to a number set of 500, on average over its growth
MARGIN_S = 20.0


def events(workload: Workload, profile: Profile) -> Flow:
    at_once, over = asked_for(workload, profile), profile["chunk_overhead"]
    on_lambda = workload.target == "lambda"
    life = min(workload.timeout_s or inf, profile.quotas["lambda_timeout_s"]) - MARGIN_S if on_lambda else inf
    work = held(workload.work_s, over)
    rules = profile.quotas["rule_invocations_per_s"]
    widths = lambda_widths(profile) if on_lambda else container_widths(workload, profile)
    stage = Stage(
        workload.chunks, work, work * (1 + profile["worker_life_lost"] / max(life, 1.0)),
        (*asked_widths(workload), Ramp("workers started by one dispatcher", 1, profile["worker_starts_per_s"]),
         Ramp("EventBridge rule invocations", rules, rules, quota="rule_invocations_per_s"),
         *widths),
        (Gate("chunks enqueued by one dispatcher", 10, profile["dispatch_chunks_per_s"]), *storage(profile)),
    )  # fmt: skip
    start = {"lambda": 0.0, "fargate": profile["container_start"]}
    before = prepared(workload, profile) | {
        "delivery": profile["delivery"],
        "cold start": profile["cold_start"],
        "container start": start.get(workload.target, profile["container_start"] + profile["batch_start"]),
    }
    shards = max(1, ceil(min(at_once, workload.chunks) / SHARD_CHUNKS))
    writes = profile.quotas["partition_wru_per_s"] / SHARD_WRU
    # The event source mapping adds five pollers a second, so only what the first second counts depends on its start.
    first, counted = (TRACKER_BATCH * min(TRACKERS, profile.quotas["esm_initial"]), TRACKER_BATCH * TRACKERS)
    behind = (
        Gate("settlements counted by the tracker", first, counted / profile["tracker_batch"]),
        Gate("DynamoDB writes to the job's open sets", writes, shards * writes * TRACKER_BATCH / (shards + 1)),
    )
    after = {"settlement": profile["tracker_batch"], "job end": profile["job_end"]}
    return Flow(
        stage, before, after, behind, last_work(workload, over), chunks_at_once(workload.work_s + over), life,
        profile["tracker_window"],
    )  # fmt: skip


def held(seconds: float, overhead: float) -> float:
    """How long a chunk keeps its worker: a short one is read and written while others run."""
    return max(seconds, overhead) if seconds < PULL_SECONDS else seconds + overhead


FLOWS: dict[Engine, Callable[[Workload, Profile], Flow]] = {
    Engine.EVENTS: events,
    Engine.MAP: maps.plain_map,
    Engine.MAP_IN_MAP: maps.map_in_map,
    Engine.MAP_IN_PARALLEL: maps.map_in_parallel,
    Engine.CALLBACK: maps.callback,
    Engine.EVENTS_PER_ITEM: maps.events_per_item,
    Engine.DISTRIBUTED_MAP: maps.distributed_map,
    Engine.CHUNKED: maps.chunked,
}
