"""The results: one row for each cell, from its runs."""

from statistics import median_low

from rollcall_bench import prices
from rollcall_bench.counting import by_kind
from rollcall_bench.grid import Cell, Planned
from rollcall_bench.prices import Prices
from rollcall_bench.records import Records


def results(planned: list[Planned], records: Records) -> list[dict]:
    """Rows in the grid's order, from all known runs of each cell; a cell that never succeeded has none."""
    price_list, rows = prices.read(), []
    for each in planned:
        if runs := list(records.of(each.cell).values()):
            rows.append(row(each.cell, runs, price_list))
    return rows


def row(cell: Cell, runs: list[dict], price_list: Prices) -> dict:
    """The run of the median makespan stands for all: what was counted and seen is of that one run.

    Of an even number of runs it is the faster of the middle two. Times are in seconds, costs in US dollars.
    """
    makespan = median_low(run["makespan_s"] for run in runs)
    typical = next(run for run in runs if run["makespan_s"] == makespan)
    counts = typical["counts"]
    costs = prices.per_million(prices.orchestration(counts, price_list), cell.total)
    return {
        "engine": str(cell.engine),
        "jobs": cell.jobs,
        "items": cell.items,
        "seconds": cell.seconds,
        "work": "option.european" if cell.book else "sleep",
        "concurrency": cell.concurrency,
        "chunk": cell.chunk,
        "runs": len(runs),
        "makespan_s": makespan,
        "makespans_s": sorted(run["makespan_s"] for run in runs),
        "ideal_s": cell.ideal_s,
        "overhead_s": round(makespan - cell.ideal_s, 3),
        "items_per_second": round(cell.total / makespan, 1),
        "jobs_per_second": round(cell.jobs / makespan, 2),
        "control_invocations": round(prices.control_invocations(counts) / cell.jobs, 2),
        "peak_concurrency": typical["peak_concurrency"],
        "mean_concurrency": typical["mean_concurrency"],
        "calls": by_kind(counts),
        "calls_counted": counts,
        "usd_per_million": round(sum(costs.values()), 4),
        "usd_per_million_by_service": costs,
        "usd_per_million_rest": prices.per_million(prices.rest(counts, price_list), cell.total),
    }
