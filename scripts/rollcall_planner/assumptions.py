"""What a plan takes for granted, in words."""

from rollcall.engines import BY_ROUTE, Engine
from rollcall_planner.profiles import Profile
from rollcall_planner.workload import Workload

USED = {
    Engine.EVENTS: (
        "partition_items_per_s",
        "dispatch_chunks_per_s",
        "worker_starts_per_s",
        "chunk_overhead",
        "tracker_window",
    ),
    Engine.EVENTS_PER_ITEM: ("delivery", "completion", "async_start"),
    Engine.DISTRIBUTED_MAP: ("distributed_overhead", "child_starts_per_s", "task_overhead", "chunk_overhead"),
    Engine.CHUNKED: ("distributed_overhead", "child_starts_per_s", "task_overhead", "chunk_overhead"),
    Engine.CALLBACK: ("map_window", "task_overhead", "put_events_call", "delivery"),
}
INLINE = ("map_window", "task_overhead", "chunk_overhead", "map_handover")
WORDS = {
    Engine.EVENTS_PER_ITEM: "nothing bounds its workers but the account; unsafe, for comparison only",
    Engine.MAP_IN_MAP: "that 40 Maps of 40 iterations run at once is not documented",
}


def assumptions(engine: Engine, workload: Workload, profile: Profile) -> list[str]:
    """Sentences: how the items are, and each figure that is not a quota, with where it is from."""
    found = [
        f"every item takes {workload.seconds:g} s and none fails; the account runs nothing else",
        f"quotas of {profile.region}, prices of us-east-1, without free tier, logs and the next step",
    ]
    if engine in WORDS:
        found.append(WORDS[engine])
    if engine in BY_ROUTE and workload.target == "lambda":
        found.append(f"a worker has {workload.memory_mb} MB")
    for name in USED.get(engine, INLINE):
        value, low, high, source = profile.given[name]
        found.append(f"{name} {value:g} ({low:g} to {high:g}): {source}")
    return found
