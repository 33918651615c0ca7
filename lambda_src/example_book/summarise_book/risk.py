"""Value at risk and expected shortfall of equally likely scenarios."""

from collections.abc import Sequence
from math import fsum


def value_at_risk(pnls: Sequence[float], percent: int) -> float:
    """The smallest loss that at least `percent` % of the scenarios do not exceed.

    A loss is the negative of a profit; a negative result is a profit.
    Source: McNeil, Frey and Embrechts, "Quantitative Risk Management" (2015), definition 2.8, the
    generalised inverse of the empirical loss distribution (historical simulation, no interpolation).
    """
    return sorted_losses(pnls)[scenarios_within(len(pnls), percent) - 1]


def expected_shortfall(pnls: Sequence[float], percent: int) -> float:
    """The mean loss of the worst (100 - `percent`) % of the scenarios.

    A scenario that lies only partly in this tail counts with that part, so the measure is coherent.
    Source: Acerbi and Tasche, "On the coherence of expected shortfall", Journal of Banking and
    Finance 26 (2002).
    """
    losses = sorted_losses(pnls)
    within = scenarios_within(len(losses), percent)
    part = within * 100 - percent * len(losses)
    return (100 * fsum(losses[within:]) + part * losses[within - 1]) / ((100 - percent) * len(losses))


def sorted_losses(pnls: Sequence[float]) -> list[float]:
    return sorted(-pnl for pnl in pnls)


def scenarios_within(count: int, percent: int) -> int:
    """How many scenarios make up at least `percent` % of them, in whole numbers to avoid rounding."""
    return -(-count * percent // 100)
