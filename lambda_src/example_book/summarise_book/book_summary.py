"""The summary of a valued book."""

from array import array
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import fsum

from summarise_book.risk import expected_shortfall, value_at_risk
from summarise_book.tally import Tally, TypeTally, exact_sum

MOST_PARTS = 1000  # of a sum, before they are put together


@dataclass
class Scenarios:
    """The profits and losses of all scenarios, and (pnl, id) of the worst."""

    pnls: array = field(default_factory=lambda: array("d"))
    worst: tuple[float | None, str | None] = (None, None)

    def add(self, scenarios: list[tuple[float, str]]) -> None:
        if scenarios:
            known = [self.worst] if self.pnls else []
            self.pnls.extend(pnl for pnl, _ in scenarios)
            self.worst = min([*known, *scenarios])


def summarise(event: dict, tallies: Iterable[Tally]) -> dict:
    """Counts, totals and risk of a job from the tallies of its result files, in any order.

    `unanswered` are items of the job without a result line, `products` is where they will be merged. Risk figures
    are None without scenarios.
    """
    types, scenarios = merge(tallies)
    succeeded = sum(tally.succeeded for tally in types.values())
    failed = sum(tally.failed for tally in types.values())
    return {
        "job_id": event["job_id"],
        "items": event["items"],
        "succeeded": succeeded,
        "failed": failed,
        "unanswered": event["items"] - succeeded - failed,
        "products": event["products"],
        "total_value": fsum(part for tally in types.values() for part in tally.measures.get("value", ())),
        **risk_of(scenarios),
        "by_data_type": {data_type: describe(types[data_type]) for data_type in sorted(types)},
    }


def merge(tallies: Iterable[Tally]) -> tuple[dict[str, TypeTally], Scenarios]:
    """All tallies as one: by data type, and the scenarios. In memory are eight bytes a scenario, and no other item."""
    types: dict[str, TypeTally] = defaultdict(TypeTally)
    scenarios = Scenarios()
    for tally in tallies:
        scenarios.add(tally.scenarios)
        for data_type, part in tally.by_data_type.items():
            whole = types[data_type]
            whole.succeeded += part.succeeded
            whole.failed += part.failed
            for measure, numbers in part.measures.items():
                whole.measures[measure] += numbers
                if len(whole.measures[measure]) > MOST_PARTS:
                    whole.measures[measure] = exact_sum(whole.measures[measure])
    return types, scenarios


def risk_of(scenarios: Scenarios) -> dict:
    """Value at risk, expected shortfall and the worst scenario, losses as positive numbers."""
    pnls, (worst_pnl, worst_id) = scenarios.pnls, scenarios.worst
    return {
        "scenarios": len(pnls),
        "value_at_risk_95": value_at_risk(pnls, 95) if pnls else None,
        "value_at_risk_99": value_at_risk(pnls, 99) if pnls else None,
        "expected_shortfall_95": expected_shortfall(pnls, 95) if pnls else None,
        "expected_shortfall_99": expected_shortfall(pnls, 99) if pnls else None,
        "worst_scenario": worst_id,
        "worst_scenario_pnl": worst_pnl,
    }


def describe(tally: TypeTally) -> dict:
    """Counts and totals of one data type; a measure that no result holds is left out."""
    totals = {measure: fsum(parts) for measure, parts in tally.measures.items()}
    return {"succeeded": tally.succeeded, "failed": tally.failed, **totals}
