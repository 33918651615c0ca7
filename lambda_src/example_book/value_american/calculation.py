"""Values American options on a binomial tree."""

from derivatives import leisen_reimer
from derivatives.positions import read_option, times
from rollcall.calculations import calculation


@calculation("option.american")
def value_american(item: dict) -> dict:
    """Value, delta, gamma, vega, theta and rho of the position (units: `black_scholes.measure`).

    Raises ValueError naming every unfit field.
    """
    quantity, option = read_option(item)
    return times(quantity, leisen_reimer.measure(option))
