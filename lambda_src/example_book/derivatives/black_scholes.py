"""European options in closed form, with a continuous dividend yield.

Sources: Black and Scholes (1973); Merton (1973) for the dividend yield; the greeks as in
Hull, "Options, Futures, and Other Derivatives", chapter "The Greek Letters".
"""

from math import erfc, exp, log, pi, sqrt

from derivatives.positions import Option


def normal_distribution(x: float) -> float:
    """Probability that a standard normal variable is below x, accurate in both tails."""
    return 0.5 * erfc(-x / sqrt(2))


def normal_density(x: float) -> float:
    return exp(-x * x / 2) / sqrt(2 * pi)


def moneyness(option: Option) -> tuple[float, float]:
    """d1 and d2 of the formula."""
    _, spot, strike, years, volatility, rate, dividend_yield = option
    deviation = volatility * sqrt(years)
    d2 = (log(spot / strike) + (rate - dividend_yield) * years) / deviation - deviation / 2
    return d2 + deviation, d2


def price(option: Option) -> float:
    """Value of one option."""
    sign, spot, strike, years, _, rate, dividend_yield = option
    d1, d2 = moneyness(option)
    forward_leg = spot * exp(-dividend_yield * years) * normal_distribution(sign * d1)
    return sign * (forward_leg - strike * exp(-rate * years) * normal_distribution(sign * d2))


def measure(option: Option) -> dict[str, float]:
    """Value and greeks of one option.

    delta and gamma per unit of spot, vega per 1.00 of volatility, theta per year that passes,
    rho per 1.00 of rate.
    """
    sign, spot, strike, years, volatility, rate, dividend_yield = option
    d1, d2 = moneyness(option)
    carried_spot = spot * exp(-dividend_yield * years)
    discounted_strike = strike * exp(-rate * years)
    delta = sign * exp(-dividend_yield * years) * normal_distribution(sign * d1)
    vega = carried_spot * normal_density(d1) * sqrt(years)
    rho = sign * discounted_strike * years * normal_distribution(sign * d2)
    return {
        "value": price(option),
        "delta": delta,
        "gamma": vega / (spot * spot * volatility * years),
        "vega": vega,
        "theta": dividend_yield * spot * delta - rate * rho / years - vega * volatility / (2 * years),
        "rho": rho,
    }
