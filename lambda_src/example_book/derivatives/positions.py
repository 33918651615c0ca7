"""What a book holds: shares and options on them, and the market shocks they may suffer."""

from typing import NamedTuple

from derivatives.fields import read_numbers

OPTION_FIELDS = ("quantity", "spot", "strike", "expiry_years", "volatility", "rate", "dividend_yield")
SHOCK_FIELDS = ("equity_shock", "volatility_shock", "rate_shock")
SIGNS = {"call": 1, "put": -1}

LOWEST_SHOCKED_VOLATILITY = 0.01


class Shock(NamedTuple):
    """A move of the whole market: spots relatively, volatilities and rates by an amount added."""

    equity: float = 0.0
    volatility: float = 0.0
    rate: float = 0.0


class Share(NamedTuple):
    """One share; its price is all that is known of it."""

    spot: float

    def shocked(self, shock: Shock) -> "Share":
        return Share(self.spot * (1 + shock.equity))


class Option(NamedTuple):
    """A call (sign 1) or put (sign -1) on one share that pays a continuous dividend yield.

    Time in years; volatility, rate and dividend yield per year as fractions.
    """

    sign: int
    spot: float
    strike: float
    expiry_years: float
    volatility: float
    rate: float
    dividend_yield: float = 0.0

    def shocked(self, shock: Shock) -> "Option":
        # A volatility cannot fall to nothing, yet one that is low already must not rise by a zero shock.
        lowest = min(self.volatility, LOWEST_SHOCKED_VOLATILITY)
        return Option(
            self.sign,
            self.spot * (1 + shock.equity),
            self.strike,
            self.expiry_years,
            max(self.volatility + shock.volatility, lowest),
            self.rate + shock.rate,
            self.dividend_yield,
        )

    def intrinsic(self) -> float:
        """What exercising now would pay, at least 0."""
        return max(self.sign * (self.spot - self.strike), 0.0)


def read_share(item: dict) -> tuple[float, Share]:
    """Quantity and share of an item; raises ValueError naming every unfit field."""
    quantity, spot = read_numbers(item, ("quantity", "spot"))
    return quantity, Share(spot)


def read_option(item: dict) -> tuple[float, Option]:
    """Quantity and option of an item; raises ValueError naming every unfit field."""
    kind = item.get("kind")
    if not isinstance(kind, str) or kind not in SIGNS:
        found = f"is {kind!r:.60}" if "kind" in item else "is missing"
        raise ValueError(f'kind {found}: give "call" or "put"')
    quantity, *terms = read_numbers(item, OPTION_FIELDS)
    return quantity, Option(SIGNS[kind], *terms)


def read_shock(item: dict) -> Shock:
    """The shock of a scenario, 0 where it names none; raises ValueError naming every unfit field."""
    named = [name for name in SHOCK_FIELDS if name in item]
    if not named:
        raise ValueError(f"the scenario shocks nothing: give at least one of {', '.join(SHOCK_FIELDS)}")
    shocks = dict(zip(named, read_numbers(item, named), strict=True))
    return Shock(*(shocks.get(name, 0.0) for name in SHOCK_FIELDS))


def times(quantity: float, measures: dict[str, float]) -> dict[str, float]:
    """The measures of a whole position from those of one share or contract."""
    return {name: quantity * measure for name, measure in measures.items()}
