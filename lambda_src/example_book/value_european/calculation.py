"""Values European options by the closed formula."""

from derivatives import black_scholes
from derivatives.positions import read_option, times
from rollcall.calculations import calculation


@calculation("option.european")
def value_european(item: dict) -> dict:
    """Value, delta, gamma, vega, theta and rho of the position (units: `black_scholes.measure`).

    Raises ValueError naming every unfit field.
    """
    quantity, option = read_option(item)
    return times(quantity, black_scholes.measure(option))
