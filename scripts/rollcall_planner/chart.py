"""A plan as a picture: items done over time, and what holds the job when."""

from math import inf
from pathlib import Path
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import EngFormatter

from rollcall_planner.display import seconds
from rollcall_planner.flow import END, START, WORK
from rollcall_planner.planning import Estimate

matplotlib.rcParams["svg.fonttype"] = "none"  # text stays text

POINTS = 600
LINE, RANGE, BINDS = "#1f4e79", "#7ba7d0", "#c55a11"
PALE = {START: "#ececec", END: "#ececec", WORK: "#e3f0da"}
OTHERS = ("#fff2cc", "#e6ddf0", "#d9eef2", "#f6d9e4")
STRONG = "#f9d5bd"
LEAST_SHARE = 0.004  # of the makespan: what binds for less is not drawn


def draw(made: Estimate, path: Path) -> None:
    """Write the chart of a plan to a file; its ending says the format: .png, .svg or .pdf."""
    figure = Figure(figsize=(10, 5.4), layout="constrained")
    axes = figure.subplots()
    if not made.flow:
        axes.text(0.5, 0.5, "\n".join(made.refused), ha="center", va="center", wrap=True)
        figure.savefig(path, dpi=120)
        return
    end = min(made.makespan_s["high"] or inf, 1.6 * made.flow.makespan) * 1.02
    for case, style in (("expected", "-"), ("low", ":"), ("high", "--")):
        progress(axes, made, case, style, end)
    shade(axes, made)
    axes.set(xlim=(0, end), ylim=(0, made.workload.items * 1.15), xlabel="seconds since the start", ylabel="items done")
    axes.yaxis.set_major_formatter(EngFormatter(sep=" "))
    axes.spines[["top", "right"]].set_visible(False)
    workers = f"peak {made.peak_concurrency:,} workers"
    axes.set_title(
        f"{made.workload.items:,} items of {made.workload.seconds:g} s by engine {made.engine}, "
        f"{made.workload.chunk_size:,} a chunk, {workers}" + (" (refused: cannot finish)" if made.refused else ""),
        loc="left", fontsize=11,
    )  # fmt: skip
    figure.legend(loc="outside lower center", ncols=4, frameon=False, fontsize=9)
    figure.savefig(path, dpi=120)


def progress(axes: Any, made: Estimate, case: str, style: str, end: float) -> None:
    flow = made.flows[case]
    times = [end * i / POINTS for i in range(POINTS + 1)]
    done = [min(made.workload.items, flow.done(t) * made.workload.chunk_size) for t in times]
    width, colour = (2.6, LINE) if case == "expected" else (1.4, RANGE)
    axes.plot(times, done, style, lw=width, color=colour, label=f"{case}: {seconds(made.makespan_s[case])}", zorder=3)


def shade(axes: Any, made: Estimate) -> None:
    """The background by what holds the job, in the expected case; the binding limit is named where it binds."""
    binding, named = made.binding, set()
    names = dict.fromkeys(span["limit"] for span in binding["timeline"])
    pale = PALE | {name: PALE[START] for name in names if name.startswith(START)}
    others = [name for name in names if name not in pale and name != binding["limit"]]
    colours = dict(zip(others, OTHERS * 3, strict=False)) | pale
    colours[binding["limit"]] = STRONG
    makespan = made.flow.makespan if made.flow else 0.0
    for span in binding["timeline"]:
        name = span["limit"]
        if span["to_s"] - span["from_s"] < LEAST_SHARE * makespan:
            continue
        axes.axvspan(span["from_s"], span["to_s"], color=colours[name], lw=0, label=None if name in named else name)
        named.add(name)
    for at in (binding["from_s"], binding["to_s"]):
        axes.axvline(at, color=BINDS, lw=1.2, ls="-.", zorder=2)
    axes.annotate(
        f"binding: {binding['limit']}, {seconds(binding['from_s'])} to {seconds(binding['to_s'])}",
        (binding["from_s"], made.workload.items * 1.08), xytext=(6, 0), textcoords="offset points",
        color=BINDS, fontsize=10, fontweight="bold", va="center",
    )  # fmt: skip
