"""A profile in which nothing takes time and nothing is limited but what a test names."""

from dataclasses import replace

from rollcall_planner import Profile, load_profile

ENDLESS = 1e12
RATES = (
    "partition_items_per_s", "dispatch_chunks_per_s", "worker_starts_per_s", "iteration_starts_per_s", "map_window",
    "async_start", "child_starts_per_s", "answers_per_s",
)  # fmt: skip
KEPT = ("history_events", "payload_bytes", "express_seconds", "lambda_timeout_s", "async_expiry_s", "distributed_items")


def bare(parameters: dict[str, float] | None = None, **quotas: float) -> Profile:
    profile = load_profile()
    given = {name: [ENDLESS if name in RATES else 0.0] * 3 + [""] for name in profile.given}
    given["tracker_batch"] = [1e-9, 1e-9, 1e-9, ""]
    given |= {name: [value] * 3 + [""] for name, value in (parameters or {}).items()}
    free = {name: value if name in KEPT else ENDLESS for name, value in profile.quotas.items()}
    return replace(profile, given=given, quotas=free | quotas)
