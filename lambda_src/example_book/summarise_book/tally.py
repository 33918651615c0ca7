"""Counts and exact totals of result lines."""

import json
import math
from collections import defaultdict
from collections.abc import Container, Iterable
from dataclasses import dataclass, field

MEASURES = ("value", "delta", "gamma", "vega", "theta", "rho")


@dataclass
class TypeTally:
    """Items of one data type; each measure as numbers whose sum is exact."""

    succeeded: int = 0
    failed: int = 0
    measures: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))


@dataclass
class Tally:
    """What the lines of one file come to: by data type, and (pnl, id) of each scenario."""

    by_data_type: dict[str, TypeTally] = field(default_factory=lambda: defaultdict(TypeTally))
    scenarios: list[tuple[float, str]] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)


def tally_results(lines: Iterable[bytes], answered: Container[str] = ()) -> Tally:
    """Tally result lines, but those whose id has been answered elsewhere."""
    tally = Tally()
    for line in lines:
        result_line = json.loads(line)
        if result_line["id"] in answered:
            continue
        tally.ids.append(result_line["id"])
        of_type = tally.by_data_type[result_line["data_type"]]
        if not result_line["ok"]:
            of_type.failed += 1
            continue
        of_type.succeeded += 1
        result = result_line["result"]
        for measure in MEASURES:
            if measure in result:
                of_type.measures[measure].append(result[measure])
        if "pnl" in result:
            tally.scenarios.append((result["pnl"], result_line["id"]))
    for of_type in tally.by_data_type.values():
        of_type.measures = {name: exact_sum(numbers) for name, numbers in of_type.measures.items()}
    return tally


def exact_sum(numbers: list[float]) -> list[float]:
    """A few numbers whose exact sum is that of all the given ones (finite, as all results are).

    math.fsum rounds once; what it rounded away is summed next, until nothing is left. So files can
    be tallied apart and their sums still do not depend on how items were spread over them.
    """
    parts: list[float] = []
    while part := math.fsum(numbers + [-part for part in parts]):
        parts.append(part)
    return parts
