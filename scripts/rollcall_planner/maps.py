"""The engines in which a state machine brings the chunks to Lambda: inline Maps, Distributed Maps, and events pushed.

The structure is that of asl/engines, the figures are the profile's.
"""

from math import ceil, inf

from rollcall.engines import INLINE_CONCURRENCY
from rollcall.worker.rate import SLACK_SECONDS
from rollcall_planner.curves import Gate, Ramp, Stage, limit
from rollcall_planner.flow import Flow
from rollcall_planner.limits import (
    asked_for,
    asked_widths,
    lambda_widths,
    put_events,
    rule_invocations,
    send_task_success,
    start_execution,
    storage,
    transitions,
)
from rollcall_planner.phases import answered, last_work, prepared
from rollcall_planner.profiles import Profile
from rollcall_planner.workload import Workload

BRANCHES = 3  # of the engine map_in_parallel, as asl/engines/map_in_parallel.asl.json has them


def inline(
    workload: Workload, profile: Profile, wide: int, maps: float = 1, extra: float = 0.0, idle: float = 0.0,
    gates: tuple[Gate, ...] = (),
) -> Flow:  # fmt: skip
    """An inline Map, or several: at most `wide` iterations at once in `maps` Maps open together.

    `extra` seconds are the iteration's own besides its Task, and after `idle` seconds its place is taken again.
    """
    over = profile["task_overhead"] + profile["chunk_overhead"] + extra
    work = workload.work_s + over
    shared = profile["map_window"] if profile["maps_share_window"] else inf
    stage = Stage(
        workload.chunks, work, work + idle + profile["map_handover"] * (maps - 1),
        (limit("inline Map iterations", min(wide, shared), "inline_map_concurrency"), *asked_widths(workload),
         *lambda_widths(profile)),
        (iteration_starts(profile), transitions(profile, 1), *gates, *storage(profile)),
    )  # fmt: skip
    before = prepared(workload, profile) | {"cold start": profile["cold_start"]}
    return Flow(stage, before, answered(workload, profile), last_work=last_work(workload, over))


def iteration_starts(profile: Profile) -> Gate:
    return Gate("iterations begun by one execution", 1, profile["iteration_starts_per_s"])


def plain_map(workload: Workload, profile: Profile) -> Flow:
    return inline(workload, profile, window(profile))


def window(profile: Profile) -> int:
    """Iterations one inline Map runs at once: what the profile reckons with, and no more than the quota."""
    return int(min(profile["map_window"], profile.quotas["inline_map_concurrency"]))


def map_in_map(workload: Workload, profile: Profile) -> Flow:
    at_once = min(asked_for(workload, profile), INLINE_CONCURRENCY**2)
    lanes = ceil(at_once / INLINE_CONCURRENCY)
    size = at_once // lanes
    each, slots = min(size, window(profile)), ceil(workload.chunks / size)
    # A lane takes its next slot when the slowest chunk of the last one has ended: the one that was begun last.
    idle = (each - 1) / profile["iteration_starts_per_s"] / ceil(size / each) if slots > lanes else 0.0
    # An odd number of lanes has places to spare; never fewer places than one lane less would have.
    wide = max(lanes * each, (lanes - 1) * window(profile))
    return inline(workload, profile, wide, maps_open(workload.chunks, size, min(lanes, window(profile))), idle=idle)


def maps_open(chunks: int, size: int, lanes: int) -> float:
    """How many inner Maps are open together, on average over the chunks: `lanes`, and in the last round the rest."""
    full = chunks // (lanes * size) * lanes * size
    return (full * lanes + (chunks - full) * ceil((chunks - full) / size)) / chunks


def map_in_parallel(workload: Workload, profile: Profile) -> Flow:
    each = min(window(profile), max(1, asked_for(workload, profile) // BRANCHES))
    return inline(workload, profile, BRANCHES * each, min(BRANCHES, workload.chunks))


def callback(workload: Workload, profile: Profile) -> Flow:
    extra = profile["put_events_call"] + profile["delivery"]
    gates = put_events(profile, 1), rule_invocations(profile, 1), send_task_success(profile)
    return inline(workload, profile, window(profile), extra=extra, gates=gates)


def events_per_item(workload: Workload, profile: Profile) -> Flow:
    call, over = profile["put_events_call"] + profile["task_overhead"], profile["chunk_overhead"]
    work = workload.work_s + over
    emitted = Gate(
        "inline Map iterations", window(profile), window(profile) / max(call, 1e-6), quota="inline_map_concurrency"
    )
    stage = Stage(
        workload.chunks, work, work,
        (Ramp("asynchronous Lambda's own ramp", profile["async_start"], profile["async_per_s"]),
         *lambda_widths(profile)),
        (emitted, iteration_starts(profile), transitions(profile, 1), *storage(profile)),
    )  # fmt: skip
    row = profile.quotas["partition_wru_per_s"]
    behind = (
        start_execution(profile), transitions(profile, 4), put_events(profile, 2), rule_invocations(profile, 2),
        Gate("DynamoDB writes to the job's one counter", row, row),
    )  # fmt: skip
    before = prepared(workload, profile) | {
        "iteration": call, "delivery": profile["delivery"], "cold start": profile["cold_start"]
    }  # fmt: skip
    after = {"delivery": profile["delivery"], "completion": profile["completion"], "job end": profile["job_end"]}
    return Flow(stage, before, after, behind, last_work(workload, over))


def is_express(workload: Workload, profile: Profile) -> bool:
    """Children are Express where the route's timeout, or without one the chunk, is short enough."""
    seconds = workload.timeout_s if workload.timeout_s is not None else workload.work_s
    return seconds <= profile.quotas["express_seconds"]


def distributed(workload: Workload, profile: Profile, each: int, pace_s: float = 0.0, express: bool = False) -> Flow:
    """A Distributed Map whose children take `each` transitions and at least `pace_s` seconds."""
    over = profile["task_overhead"] + profile["chunk_overhead"]
    work = workload.work_s + over
    starts = Gate("child starts of a Distributed Map", 0, profile["child_starts_per_s"])
    kind = (Gate("Step Functions Express starts", profile.quotas["start_express_bucket"],
                 profile.quotas["start_express_per_s"], quota="start_express_per_s"),)  # fmt: skip
    stage = Stage(
        workload.chunks, work, max(work, pace_s),
        (*asked_widths(workload),
         limit("Distributed Map children", profile.quotas["distributed_children"], "distributed_children"),
         *lambda_widths(profile)),
        (starts, transitions(profile, each), *(kind if express else ()), *storage(profile)),
    )  # fmt: skip
    half = profile["distributed_overhead"] / 2
    before = prepared(workload, profile) | {"Map Run opened": half, "cold start": profile["cold_start"]}
    after = {"Map Run closed": half} | answered(workload, profile)
    return Flow(stage, before, after, last_work=last_work(workload, over))


def distributed_map(workload: Workload, profile: Profile) -> Flow:
    express = is_express(workload, profile)
    return distributed(workload, profile, 1 if express else 2, express=express)


def chunked(workload: Workload, profile: Profile) -> Flow:
    at_once = min(asked_for(workload, profile), int(profile.quotas["distributed_children"]))
    kept = workload.rate / (1 + SLACK_SECONDS) if workload.rate else inf
    return distributed(workload, profile, 2, at_once * workload.chunk_size / kept)
