"""The book of a job, read once per process and valued under any shock."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from math import fsum
from operator import attrgetter
from typing import Any

from derivatives import black_scholes, leisen_reimer
from derivatives.positions import Option, Share, Shock, read_option, read_share
from rollcall.intake.items import read_items
from rollcall.intake.sources import source_at

Contract = Share | Option
# A model prices one kind of contract, the kind its own reader makes.
Price = Callable[[Any], float]
Position = tuple[float, Contract, Price]

# Within 0.5 % of the tree that values the option by itself, in a hundredth of the time;
# base and shocked value share the error, so most of it cancels in the profit and loss.
QUICK_STEPS = 51

MODELS: dict[str, tuple[Callable[[dict], tuple[float, Contract]], Price]] = {
    "equity": (read_share, attrgetter("spot")),
    "option.european": (read_option, black_scholes.price),
    "option.american": (read_option, partial(leisen_reimer.price, steps=QUICK_STEPS)),
}


@dataclass(frozen=True)
class Book:
    """Positions as (quantity, contract, its pricing function), and how many items could not become one."""

    positions: list[Position]
    left_out: int

    @cached_property
    def base_value(self) -> float:
        """Value without a shock, by the same models as with one."""
        return self.value_under(Shock())

    def value_under(self, shock: Shock) -> float:
        return fsum(quantity * price(contract.shocked(shock)) for quantity, contract, price in self.positions)


@lru_cache(maxsize=2)
def read_book(uri: str, job_id: str) -> Book:  # noqa: ARG001  part of the cache's key
    """The book at this address of a job's input.

    The job id is part of the key: a file that is overwritten every night must not be remembered
    from the last job of a process that is still warm.
    """
    return collect_book(read_items(source_at(uri)))


def collect_book(items: Iterable[dict]) -> Book:
    """The positions among the items, without the scenarios."""
    positions, left_out = [], 0
    for item in items:
        if serves("scenario", item):
            continue
        try:
            positions.append(read_position(item))
        except ValueError:
            left_out += 1
    return Book(positions, left_out)


def read_position(item: dict) -> Position:
    """The item as a position; raises ValueError if no model serves it or a field is unfit."""
    for data_type, (read, price) in MODELS.items():
        if serves(data_type, item):
            return *read(item), price
    raise ValueError(f"no model for data type {item['data_type']!r}: give it one in MODELS")


def serves(data_type: str, item: dict) -> bool:
    """Whether the item is of the data type or one below it, as `equity.us` is of `equity`."""
    return f"{item['data_type']}.".startswith(f"{data_type}.")
