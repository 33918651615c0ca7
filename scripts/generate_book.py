"""Generate a derivatives book of any size: `python scripts/generate_book.py --items 1500 --out book.csv`.

The same arguments give the same bytes on every machine.
"""

import argparse
import csv
import json
import sys
from collections.abc import Iterator
from math import fsum
from pathlib import Path
from random import Random
from typing import NamedTuple, TextIO

COLUMNS = (
    *("id", "data_type", "underlying", "quantity", "spot"),
    *("kind", "strike", "expiry_years", "volatility", "rate", "dividend_yield"),
    *("equity_shock", "volatility_shock", "rate_shock"),
)
PROPORTIONS = {"equity": 1000, "option.european": 400, "option.american": 80, "scenario": 20}
UNDERLYINGS = 250
RATE = 0.03


class Stock(NamedTuple):
    """The market of one underlying, the same for every position on it."""

    underlying: str
    spot: float
    volatility: float
    dividend_yield: float


def generate_book(items: int = 1500, seed: int = 1) -> Iterator[dict]:
    """Yield so many items, the data types interleaved in their proportions, one at a time."""
    random = Random(seed)
    market = [draw_stock(random, number) for number in range(1, UNDERLYINGS + 1)]
    for number, data_type in enumerate(interleave(count_types(items)), 1):
        item = {"id": f"{data_type}-{number:08d}", "data_type": data_type}
        if data_type == "scenario":
            item.update(draw_shocks(random))
        else:
            stock = market[int(random.random() * UNDERLYINGS)]
            item.update(draw_holding(random, stock))
            if data_type != "equity":
                item.update(draw_option(random, stock))
        yield item


def count_types(items: int) -> dict[str, int]:
    """How many items of each data type: PROPORTIONS scaled, the remainder to the largest fractions."""
    whole = sum(PROPORTIONS.values())
    counts = {data_type: items * share // whole for data_type, share in PROPORTIONS.items()}
    by_fraction = sorted(PROPORTIONS, key=lambda data_type: -(items * PROPORTIONS[data_type] % whole))
    for data_type in by_fraction[: items - sum(counts.values())]:
        counts[data_type] += 1
    return counts


def interleave(counts: dict[str, int]) -> Iterator[str]:
    """Yield each data type as often as counted, always the one most behind its even spread."""
    items = sum(counts.values())
    behind = dict.fromkeys(counts, 0)
    for _ in range(items):
        for data_type, count in counts.items():
            behind[data_type] += count
        due = max(behind, key=behind.__getitem__)
        behind[due] -= items
        yield due


def draw_stock(random: Random, number: int) -> Stock:
    return Stock(
        underlying=f"STOCK-{number:03d}",
        spot=round(10 + 490 * random.random() ** 2, 2),
        volatility=round(0.12 + 0.38 * random.random(), 4),
        dividend_yield=round(max(0.0, 0.06 * random.random() - 0.02), 4),
    )


def draw_holding(random: Random, stock: Stock) -> dict:
    """A position in whole lots, one in five sold short."""
    lots = 1 + int(random.random() * 50)
    quantity = -10 * lots if random.random() < 0.2 else 10 * lots
    return {"underlying": stock.underlying, "quantity": quantity, "spot": stock.spot}


def draw_option(random: Random, stock: Stock) -> dict:
    """Terms of an option struck within 30 % of the spot, expiring in a month to two years."""
    return {
        "kind": "call" if random.random() < 0.5 else "put",
        "strike": round(stock.spot * (0.7 + 0.6 * random.random()), 2),
        "expiry_years": round((1 + int(random.random() * 24)) / 12, 4),
        "volatility": stock.volatility,
        "rate": RATE,
        "dividend_yield": stock.dividend_yield,
    }


def draw_shocks(random: Random) -> dict:
    """A market move of about a fortnight: volatility rises as shares fall, rates move on their own."""
    equity_shock = 0.06 * deviation(random)
    return {
        "equity_shock": round(equity_shock, 4),
        "volatility_shock": round(-0.5 * equity_shock + 0.02 * deviation(random), 4),
        "rate_shock": round(0.003 * deviation(random), 4),
    }


def deviation(random: Random) -> float:
    """Nearly a standard normal number, without functions whose last digit depends on the machine."""
    return fsum(random.random() for _ in range(12)) - 6


def write_book(path: str | Path, items: int = 1500, seed: int = 1, format: str | None = None) -> None:
    """Write a book as "csv" or "jsonl", by the file's ending unless the format is given.

    Raises ValueError if neither tells the format.
    """
    path = Path(path)
    format = format or path.suffix.removeprefix(".")
    if format not in WRITERS:
        raise ValueError(f"{path}: cannot tell the format; let the name end in .csv or .jsonl, or give --format")
    with path.open("w", encoding="utf-8", newline="") as file:
        WRITERS[format](generate_book(items, seed), file)


def write_csv(book: Iterator[dict], file: TextIO) -> None:
    rows = csv.writer(file, lineterminator="\n")
    rows.writerow(COLUMNS)
    rows.writerows([item.get(column, "") for column in COLUMNS] for item in book)


def write_json_lines(book: Iterator[dict], file: TextIO) -> None:
    encode = json.JSONEncoder().encode
    file.writelines(encode(item) + "\n" for item in book)


WRITERS = {"csv": write_csv, "jsonl": write_json_lines}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=1500)
    parser.add_argument("--out", type=Path, required=True, help="file to write, .csv or .jsonl")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--format", choices=sorted(WRITERS), help="if the file's ending does not tell")
    options = parser.parse_args()
    try:
        write_book(options.out, options.items, options.seed, options.format)
    except (OSError, ValueError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
