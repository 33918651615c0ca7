"""The fields of a position or scenario: what each means and which numbers it may hold."""

from collections.abc import Sequence
from typing import NamedTuple


class Field(NamedTuple):
    """A numeric field: the range it must lie in, its meaning and unit."""

    lowest: float
    highest: float
    meaning: str

    def admits(self, value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool) and self.lowest <= value <= self.highest

    def wanted(self) -> str:
        return f"a number from {self.lowest:g} to {self.highest:g} ({self.meaning})"


# The ranges catch a percentage given for a fraction, and keep every model clear of overflow.
FIELDS = {
    "quantity": Field(-1e12, 1e12, "shares, or options on one share each; negative if sold short"),
    "spot": Field(0.0001, 1e9, "price of one share"),
    "strike": Field(0.0001, 1e9, "price at which the option is exercised"),
    "expiry_years": Field(0.0001, 30, "years until the option expires; leave expired options out"),
    "volatility": Field(0.001, 3, "per year as a fraction, 0.2 is 20 %"),
    "rate": Field(-1, 1, "risk-free rate per year as a fraction, continuously compounded"),
    "dividend_yield": Field(0, 1, "per year as a fraction, continuously compounded, 0 if none"),
    "equity_shock": Field(-0.99, 10, "relative change of every spot, -0.1 is a fall by 10 %"),
    "volatility_shock": Field(-3, 3, "added to every volatility, 0.05 is five points up"),
    "rate_shock": Field(-1, 1, "added to every rate, -0.01 is 100 basis points down"),
}


def read_numbers(item: dict, names: Sequence[str]) -> list[float]:
    """The item's numbers of these names, in their order.

    Raises ValueError that lists every missing or unfit field, each with what belongs there.
    """
    if unfit := [name for name in names if not FIELDS[name].admits(item.get(name))]:
        raise ValueError("; ".join(complaint(item, name) for name in unfit))
    return [item[name] for name in names]


def complaint(item: dict, name: str) -> str:
    """What is wrong with the field of this name, and the cure."""
    if name not in item:
        return f"{name} is missing: add {FIELDS[name].wanted()}"
    return f"{name} is {item[name]!r:.60}: give {FIELDS[name].wanted()}"
