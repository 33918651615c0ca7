"""Charts: makespan, overhead and cost against the number of items, one line for each engine."""

from itertools import groupby
from math import log10
from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullLocator

from rollcall.engines import Engine

matplotlib.rcParams.update({"font.size": 9, "svg.fonttype": "none", "svg.hashsalt": "rollcall"})
TITLES = {
    "makespan": "Makespan, by the number of items",
    "overhead": "Overhead over the ideal, by the number of items",
    "cost": "Orchestration cost of a million items, by the number of items in a job",
}
# The colours of Okabe and Ito, told apart with any kind of colour vision; the marks differ too.
LOOKS: dict[str, tuple[str, str]] = {
    Engine.EVENTS: ("#D55E00", "o"),
    Engine.MAP: ("#0072B2", "s"),
    Engine.MAP_IN_MAP: ("#56B4E9", "^"),
    Engine.MAP_IN_PARALLEL: ("#009E73", "v"),
    Engine.CALLBACK: ("#CC79A7", "D"),
    Engine.EVENTS_PER_ITEM: ("#000000", "X"),
    Engine.DISTRIBUTED_MAP: ("#E69F00", "P"),
    Engine.CHUNKED: ("#777777", "p"),
}
KINDS = {"svg": {"Date": None}, "png": {}}  # with their metadata: no date, so that the same results draw the same
WIDTH, PANEL_HEIGHT = 9.0, 3.7  # inches: as wide as a page
LEADER = {"arrowstyle": "-", "linestyle": ":", "linewidth": 0.9, "shrinkA": 1, "shrinkB": 4, "relpos": (0, 0.5)}
LABEL_ROOM = 0.052  # of a panel's height, for a line of text
LEAST = 0.01  # seconds and dollars; less is the clock's, and a logarithmic axis would show little else
Series = dict[str, list[tuple[int, float]]]  # engine → (items, value)


def draw(folder: Path, results: list[dict]) -> list[str]:
    """Draws each chart in every kind; their names, none when there are no two sizes to draw a line between."""
    panels = panels_of(results)
    if not panels:
        return []
    figures = {
        "makespan": figure("makespan", panels, "makespan_s", "seconds", ideal=True),
        "overhead": figure("overhead", panels, "overhead_s", "seconds"),
        "cost": figure("cost", panels[:1], "usd_per_million", "US dollars"),
    }
    for name, each in figures.items():
        for kind, metadata in KINDS.items():
            each.savefig(folder / file_name(name, kind), dpi=110, metadata=metadata)
    return list(figures)


def file_name(name: str, kind: str) -> str:
    return f"benchmark-{name}.{kind}"


def panels_of(results: list[dict]) -> list[list[dict]]:
    """Rows that belong into one panel: sleeps of one length, single items, the concurrency with the most rows."""
    single = [row for row in results if row["chunk"] == row["jobs"] == 1 and row["work"] == "sleep"]
    by_concurrency = [row["concurrency"] for row in single]
    most = max(by_concurrency, key=by_concurrency.count, default=None)
    rows = sorted((row for row in single if row["concurrency"] == most), key=lambda row: row["seconds"])
    panels = [list(some) for _, some in groupby(rows, key=lambda row: row["seconds"])]
    return [panel for panel in panels if len({row["items"] for row in panel}) > 1]


def figure(name: str, panels: list[list[dict]], value: str, unit: str, ideal: bool = False) -> Figure:
    drawn = Figure(figsize=(WIDTH, PANEL_HEIGHT * len(panels) + 0.4), layout="constrained")
    drawn.suptitle(TITLES[name], x=0.01, ha="left", weight="bold", size=12)
    for axes, rows in zip(drawn.subplots(len(panels), squeeze=False).flat, panels, strict=True):
        series = series_of(rows, value)
        if ideal and rows[0]["seconds"]:
            line = sorted({(row["items"], row["ideal_s"]) for row in rows})
            axes.plot(*zip(*line, strict=True), color="#AAAAAA", linestyle="--", linewidth=1.2, zorder=1)
            series = {**series, "ideal": line}
        dress(axes, rows, unit)
        for engine in LOOKS:
            if engine in series:
                draw_line(axes, engine, series[engine])
        label(axes, series)
    return drawn


def series_of(rows: list[dict], value: str) -> Series:
    series: Series = {}
    for row in rows:
        series.setdefault(row["engine"], []).append((row["items"], max(row[value], LEAST)))
    return {engine: sorted(points) for engine, points in series.items()}


def dress(axes: Axes, rows: list[dict], unit: str) -> None:
    sizes = sorted({row["items"] for row in rows})
    axes.set_title(f"items of {rows[0]['seconds']:g} s, {rows[0]['concurrency']} at once", loc="left", size=9.5)
    axes.set(xscale="log", yscale="log", xlabel="items", ylabel=unit)
    axes.xaxis.set_major_locator(FixedLocator(sizes))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_minor_locator(NullLocator())
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:,.10g}"))
    axes.grid(color="#E4E4E4", linewidth=0.7)
    axes.spines[["top", "right"]].set_visible(False)


def draw_line(axes: Axes, engine: str, points: list[tuple[int, float]]) -> None:
    colour, mark = LOOKS[engine]
    ours = engine == Engine.EVENTS
    axes.plot(
        *zip(*points, strict=True),
        color=colour,
        marker=mark,
        markersize=7 if ours else 5.5,
        linewidth=2.6 if ours else 1.3,
        markeredgecolor="white",
        markeredgewidth=0.6,
        zorder=3 if ours else 2,
    )


def label(axes: Axes, series: Series) -> None:
    """Names at the ends of the lines, moved apart where they would lie on each other."""
    axes.margins(y=0.08)
    low, high = map(log10, axes.get_ylim())
    ends = {name: (log10(points[-1][1]) - low) / (high - low) for name, points in series.items()}
    first, last = axes.get_xlim()
    for name, height in apart(ends, LABEL_ROOM).items():
        colour = LOOKS[name][0] if name in LOOKS else "#888888"
        items = series[name][-1][0]
        end = (log10(items / first) / log10(last / first), ends[name])
        axes.annotate(
            name,
            xy=end,
            xytext=(1.03, height),
            xycoords="axes fraction",
            textcoords="axes fraction",
            va="center",
            color=colour,
            weight="bold" if name == Engine.EVENTS else "normal",
            annotation_clip=False,
            arrowprops={**LEADER, "color": colour},
        )


def apart(heights: dict[str, float], room: float) -> dict[str, float]:
    """The same order, no two closer than `room`, about where they were, and between 0 and 1 as far as that goes."""
    order = sorted(heights, key=heights.__getitem__)
    placed: list[float] = []
    for name in order:
        placed.append(max(heights[name], placed[-1] + room) if placed else heights[name])
    shift = sum(new - heights[name] for name, new in zip(order, placed, strict=True)) / len(order)
    shift = min(max(shift, placed[-1] - 1), placed[0])
    return {name: new - shift for name, new in zip(order, placed, strict=True)}
