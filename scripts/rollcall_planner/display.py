"""Plans in words and tables for people."""

from rich import box
from rich.console import JustifyMethod
from rich.table import Table

from rollcall_planner.planning import Estimate


def seconds(value: float | None) -> str:
    if value is None:
        return "never"
    if value < 120:
        return f"{value:,.1f} s"
    return (
        f"{value / 60:,.1f} min"
        if value < 7200
        else f"{value / 3600:,.1f} h"
        if value < 172_800
        else f"{value / 86400:,.1f} d"
    )


def table(plans: list[Estimate]) -> Table:
    """One row a plan; the money is for a million items, all of it and the orchestration's part."""
    made = Table(box=box.SIMPLE_HEAD)
    sides: tuple[tuple[str, JustifyMethod], ...] = (
        ("engine", "left"), ("chunk", "right"), ("makespan", "right"), ("low to high", "right"),
        ("binding limit", "left"), ("peak", "right"), ("USD/million", "right"), ("orchestration", "right"),
    )  # fmt: skip
    for name, side in sides:
        made.add_column(name, justify=side, no_wrap=name != "binding limit")
    for each in plans:
        span, cost = each.makespan_s, each.cost_usd["per_million_items"]
        made.add_row(
            each.engine.value + (" (refused)" if each.refused else ""),
            f"{each.workload.chunk_size:,}",
            seconds(span["expected"]),
            f"{seconds(span['low'])} to {seconds(span['high'])}",
            each.binding["limit"],
            f"{each.peak_concurrency:,}",
            f"{cost['total']:,.2f}",
            f"{cost['orchestration']:,.2f}",
        )
    return made


def words(document: dict) -> list[str]:
    """The sentences about one plan, from its JSON."""
    binding, cost, idle = document["binding"], document["cost_usd"], document["idle_usd_per_month"]
    until = "" if binding["to_s"] is None else f", from {seconds(binding['from_s'])} to {seconds(binding['to_s'])}"
    found = [
        f"binding: {binding['limit']}{until} ({binding['share']:.0%} of the time); "
        f"peak concurrency {document['peak_concurrency']:,}, utilisation {document['utilisation']:.0%}",
        f"cost: USD {cost['total']:,.2f} ({cost['orchestration']:,.4f} orchestration, {cost['workers']:,.2f} workers, "
        f"{cost['storage']:,.4f} storage)",
        f"idle: USD {idle['a_route']:,.2f} a month for each route, USD {idle['besides']:,.2f} besides",
    ]
    found += [f"what if: {assumed}" for assumed in document["what_if"]]
    found += [f"cannot finish: {reason}" for reason in document["refused"]]
    found += [f"note: {warning}" for warning in document["warnings"]]
    if document.get("fails_from"):
        found.append(f"the same plan fails from {document['fails_from']['items']:,} items on")
    if advice := document.get("reach"):
        found += reaching(advice)
    return found


def reaching(advice: dict) -> list[str]:
    within = seconds(advice["within_s"])
    if advice["reached"]:
        found = [f"within {within}: yes, as it is"]
    elif advice["raise"]:
        raises = ", ".join(f"{each['limit']} from {each['from']:,.0f} to {each['to']:,.0f}" for each in advice["raise"])
        found = [f"within {within}: raise {raises}"]
    else:
        found = [f"within {within}: no quota reaches that; {seconds(advice['floor_s'])} remain when all are raised"]
    if advice["smallest_chunk"] and not advice["reached"]:
        found.append(f"or, quotas as they are: {advice['smallest_chunk']:,} items a chunk")
    return found


def recommended(advice: dict) -> str:
    if not advice["engine"]:
        return f"recommended: nothing as it is: {advice['why']}"
    return (
        f"recommended: --engine {advice['engine']} --chunk {advice['chunk']} --concurrency {advice['concurrency']}, "
        f"{seconds(advice['makespan_s'])}, USD {advice['usd']:,.2f} ({advice['why']})"
    )
