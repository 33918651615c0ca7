"""American options by the binomial tree of Leisen and Reimer.

Source: Leisen and Reimer, "Binomial models for option valuation - examining and improving
convergence", Applied Mathematical Finance 3 (1996). The tree is centred on the strike, so its error
falls smoothly with the number of steps instead of swinging as that of Cox, Ross and Rubinstein does.
"""

from math import copysign, exp, expm1, sqrt

from derivatives.black_scholes import moneyness
from derivatives.positions import Option

STEPS = 501
VOLATILITY_BUMP = 0.01
RATE_BUMP = 0.001
ROUNDING = 1e-12

# Beyond so many deviations from the strike the option is worth its intrinsic value, or nothing;
# a tree centred farther out would only have probabilities that round to 0 or 1.
FARTHEST_CENTRE = 6.0


def price(option: Option, steps: int = STEPS) -> float:
    """Value of one option from a tree of this many steps, an odd number above 2."""
    return value_nodes(option, steps)[0]


def measure(option: Option, steps: int = STEPS) -> dict[str, float]:
    """Value and greeks of one option, in the units of `black_scholes.measure`.

    delta and gamma come from the tree's third layer, vega and rho from trees with volatility and
    rate moved both ways, theta from the Black-Scholes-Merton equation (0 where exercise is due).
    """
    value, (low, middle, high), (down, stay, up) = value_nodes(option, steps)
    lower, upper = (stay - down) / (middle - low), (up - stay) / (high - middle)
    gamma = 2 * (upper - lower) / (high - low)
    delta = lower + gamma / 2 * (2 * option.spot - low - middle)
    exercise_is_due = value <= option.intrinsic() * (1 + ROUNDING)
    return {
        "value": value,
        "delta": delta,
        "gamma": gamma,
        "vega": slope(option, "volatility", min(VOLATILITY_BUMP, option.volatility / 2), steps),
        "theta": 0.0 if exercise_is_due else decay(option, value, delta, gamma),
        "rho": slope(option, "rate", RATE_BUMP, steps),
    }


def decay(option: Option, value: float, delta: float, gamma: float) -> float:
    """theta of an option that is held: what the Black-Scholes-Merton equation leaves for it."""
    drift = (option.rate - option.dividend_yield) * option.spot * delta
    diffusion = (option.volatility * option.spot) ** 2 * gamma / 2
    return option.rate * value - drift - diffusion


def slope(option: Option, term: str, bump: float, steps: int) -> float:
    """Change of value per unit of one of the option's terms, by a central difference."""
    centre = getattr(option, term)
    above = price(option._replace(**{term: centre + bump}), steps)
    below = price(option._replace(**{term: centre - bump}), steps)
    return (above - below) / (2 * bump)


def value_nodes(option: Option, steps: int) -> tuple[float, list[float], list[float]]:
    """The option's value now, and the three spots of the tree's third layer with their values."""
    sign, spot, strike, years, _, rate, dividend_yield = option
    rise, fall, probability = branches(option, steps)
    discount = exp(-rate * years / steps)
    up_weight, down_weight = discount * probability, discount * (1 - probability)
    signed_strike = sign * strike

    # The spot of node j in a layer is that of node j in the last layer without its falls since:
    # one multiplication inside the loop that takes nearly all the time.
    signed_spots = [sign * spot * rise**ups * fall ** (steps - ups) for ups in range(steps + 1)]
    values = [max(signed_spot - signed_strike, 0.0) for signed_spot in signed_spots]
    for layer in range(steps - 1, -1, -1):
        undo_falls = fall ** (layer - steps)
        values = [
            held if (held := up_weight * up + down_weight * down) > (paid := s * undo_falls - signed_strike) else paid
            for down, up, s in zip(values, values[1:], signed_spots, strict=False)
        ]
        if layer == 2:
            third_layer = [spot * fall * fall, spot * rise * fall, spot * rise * rise], values
    return values[0], *third_layer


def branches(option: Option, steps: int) -> tuple[float, float, float]:
    """Factors by which the spot rises and falls in a step, and the probability of a rise."""
    d1, d2 = moneyness(option)
    distance = (d1 + d2) / 2
    shift = min(max(distance, -FARTHEST_CENTRE), FARTHEST_CENTRE) - distance
    probability = peizer_pratt(d2 + shift, steps)
    share_probability = peizer_pratt(d1 + shift, steps)
    growth = exp((option.rate - option.dividend_yield) * option.expiry_years / steps)
    rise = growth * share_probability / probability
    fall = growth * (1 - share_probability) / (1 - probability)
    return rise, fall, probability


def peizer_pratt(z: float, steps: int) -> float:
    """Probability whose binomial tail matches the normal's at z (Peizer and Pratt's second inversion)."""
    ratio = z / (steps + 1 / 3 + 0.1 / (steps + 1))
    return 0.5 + copysign(0.5, z) * sqrt(-expm1(-ratio * ratio * (steps + 1 / 6)))
