"""What jobs of every engine have before and after their chunks, and how long their last chunk takes."""

from rollcall_planner.profiles import Profile
from rollcall_planner.workload import Workload


def last_work(workload: Workload, overhead: float) -> float:
    """Seconds of the last chunk, which has the items that are left."""
    rest = workload.items - (workload.chunks - 1) * workload.chunk_size
    return rest * workload.seconds + overhead


def prepared(workload: Workload, profile: Profile) -> dict[str, float]:
    return {"job start": profile["job_start"], "partition": workload.items / profile["partition_items_per_s"]}


def answered(workload: Workload, profile: Profile) -> dict[str, float]:
    return {"answers recorded": workload.chunks / profile["answers_per_s"], "job end": profile["job_end"]}
