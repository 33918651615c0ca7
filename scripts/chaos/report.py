"""The report of all seeds: one JSON document and one table."""

from collections import Counter

from rich.table import Table

from chaos.verdict import MUST_BE_ZERO, Judgement
from chaos.workloads import Workload
from rollcall_terminal import table_of

COUNTED = ("status", "run", "succeeded", "failed", "not_run", "settled", "attempts", "duplicates")
FAULTS = (
    "dropped",
    "duplicated",
    "delayed",
    "killed at work",
    "told to end",
    "throttled",
    "killed before a write",
    "killed after a write",
)


def of_seed(
    seed: int, workloads: list[Workload], judgements: list[Judgement], reported: dict, sweeps: int, seconds: float
) -> dict:
    counts = sum((judgement.counts for judgement in judgements), Counter())
    return {
        "seed": seed,
        "seconds": round(seconds, 1),
        "jobs": len(workloads),
        "items_expected": sum(len(workload.items) for workload in workloads),
        **{name: counts[name] for name in MUST_BE_ZERO},
        "faults": faults_by_kind(reported["faults"]),
        "sweeps": sweeps,
        "by_job": {each.job_id: of_job(each) for each in judgements},
        "findings": [finding for judgement in judgements for finding in judgement.findings],
    }


def of_job(judgement: Judgement) -> dict:
    return {"verified": judgement.verified, **{name: judgement.reported.get(name) for name in COUNTED}}


def faults_by_kind(faults: list) -> dict[str, dict[str, int]]:
    """{"dropped": {"Chunk Requested": 12, …}, …}; also how many were seen, to compare with."""
    found: dict[str, Counter] = {}
    for fault, kind, _, times in faults:
        found.setdefault(fault, Counter())[kind] += times
    return {fault: dict(sorted(kinds.items())) for fault, kinds in sorted(found.items())}


def of_all(seeds: list[dict]) -> dict:
    """The seeds' reports and their sums."""
    faults: dict[str, Counter] = {}
    for seed in seeds:
        for fault, kinds in seed["faults"].items():
            faults.setdefault(fault, Counter()).update(kinds)
    sums = {name: sum(seed[name] for seed in seeds) for name in ("jobs", "items_expected", *MUST_BE_ZERO)}
    return {
        "seeds": [seed["seed"] for seed in seeds],
        **sums,
        "faults": {fault: dict(kinds) for fault, kinds in faults.items()},
        "per_seed": seeds,
    }


def passed(report: dict) -> bool:
    return not any(report[name] for name in MUST_BE_ZERO)


def as_table(seeds: list[dict]) -> Table:
    """A row for each figure, a column for each seed."""
    table = table_of("chaos", "seed", *(str(seed["seed"]) for seed in seeds))
    for name in ("seconds", "jobs", "items_expected", "sweeps"):
        table.add_row(name.replace("_", " "), *(f"{seed[name]:,}" for seed in seeds))
    table.add_section()
    for fault in FAULTS:
        table.add_row(fault, *(f"{sum(seed['faults'].get(fault, {}).values()):,}" for seed in seeds))
    table.add_section()
    for name in MUST_BE_ZERO:
        table.add_row(name.replace("_", " "), *(f"{seed[name]:,}" for seed in seeds))
    return table
