"""Generate the published demo's data sets: `python scripts/generate_published.py --out build/published`.

Source: the public sample "high-concurrency computing using Amazon EventBridge with AWS Step Functions", whose five
patterns take ten data sets in one of three shapes; these are the same bytes.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

SIZES = (1, 5, 10, 20, 40, 100, 200, 500, 700, 1000)
REQUEST_ID = "123456"  # of each of them, so whoever submits two names the second one's job
ITEMS_A_SLOT = 40
BRANCHES = RUN = 3


def flat(cases: list[dict]) -> dict:
    """One list, and its length as text."""
    return {"requestId": REQUEST_ID, "requests": cases, "length": str(len(cases))}


def slots_of_40(cases: list[dict]) -> dict:
    """Slots of consecutive cases."""
    return slots([cases[first : first + ITEMS_A_SLOT] for first in range(0, len(cases), ITEMS_A_SLOT)])


def three_slots(cases: list[dict]) -> dict:
    """Three slots, dealt three consecutive cases in turn; some may stay empty."""
    dealt: list[list[dict]] = [[] for _ in range(BRANCHES)]
    for number, case in enumerate(cases):
        dealt[number // RUN % BRANCHES].append(case)
    return slots(dealt)


def slots(each: list[list[dict]]) -> dict:
    return {"requestId": REQUEST_ID, "requestSlots": [{"requests": cases} for cases in each]}


SHAPES: dict[str, Callable[[list[dict]], dict]] = {shape.__name__: shape for shape in (flat, slots_of_40, three_slots)}


def data_set(shape: str, size: int) -> str:
    """The data set of so many cases, in one of SHAPES, as it is published."""
    return json.dumps(SHAPES[shape]([{"caseId": str(number)} for number in range(size)]), separators=(",", ":"))


def write_data_sets(folder: Path) -> None:
    """Write FOLDER/<shape>/dataset_<size>.json, all there are."""
    for shape in SHAPES:
        (folder / shape).mkdir(parents=True, exist_ok=True)
        for size in SIZES:
            (folder / shape / f"dataset_{size}.json").write_text(data_set(shape, size))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to write them into")
    write_data_sets(parser.parse_args().out)


if __name__ == "__main__":
    main()
