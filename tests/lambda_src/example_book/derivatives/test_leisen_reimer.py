from math import exp, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivatives import black_scholes
from derivatives.leisen_reimer import measure, price
from derivatives.positions import Option

options = st.builds(
    Option,
    sign=st.sampled_from([1, -1]),
    spot=st.floats(1, 500),
    strike=st.floats(1, 500),
    expiry_years=st.floats(0.01, 5),
    volatility=st.floats(0.02, 1.5),
    rate=st.floats(-0.05, 0.15),
    dividend_yield=st.floats(0, 0.1),
)

# Longstaff and Schwartz, "Valuing American options by simulation", Review of Financial Studies 14
# (2001), table 1, finite differences: puts struck at 40, rate 6 %, by (spot, volatility, years).
LONGSTAFF_SCHWARTZ = {
    (36, 0.2, 1): 4.478,
    (36, 0.4, 2): 8.508,
    (38, 0.2, 2): 3.745,
    (40, 0.2, 1): 2.314,
    (40, 0.4, 1): 5.312,
    (42, 0.4, 2): 6.248,
    (44, 0.2, 1): 1.110,
}


@pytest.mark.parametrize("terms, published", LONGSTAFF_SCHWARTZ.items())
def test_american_puts_are_worth_a_little_more_than_with_fifty_exercise_dates_a_year(terms, published):
    spot, volatility, years = terms
    assert 0 < price(Option(-1, spot, 40, years, volatility, 0.06)) - published < 0.01


# Broadie and Detemple, "American option valuation", Review of Financial Studies 9 (1996), long-dated
# calls struck at 100 for three years: (volatility, rate, dividend yield), then values at five spots.
BROADIE_DETEMPLE = {
    (0.2, 0.03, 0.07): (2.580, 5.167, 9.066, 14.443, 21.414),
    (0.4, 0.03, 0.07): (11.326, 15.722, 20.793, 26.495, 32.781),
    (0.3, 0.00, 0.07): (5.518, 8.842, 13.142, 18.453, 24.791),
    (0.3, 0.07, 0.03): (12.145, 17.369, 23.348, 29.964, 37.104),
}


@pytest.mark.parametrize("terms, published", BROADIE_DETEMPLE.items())
def test_american_calls_with_dividends_are_worth_what_is_published(terms, published):
    values = [price(Option(1, spot, 100, 3, *terms)) for spot in (80, 90, 100, 110, 120)]
    assert values == pytest.approx(published, rel=5e-4)


def test_a_plain_tree_of_cox_ross_and_rubinstein_agrees():
    for option in (Option(-1, 95, 100, 0.75, 0.3, 0.05, 0.02), Option(1, 105, 100, 1.5, 0.25, 0.03, 0.06)):
        # Trees of even and odd size err to opposite sides.
        plain = (cox_ross_rubinstein(option, 400) + cox_ross_rubinstein(option, 401)) / 2
        assert price(option) == pytest.approx(plain, rel=5e-4)


def cox_ross_rubinstein(option, steps):
    step = option.expiry_years / steps
    rise = exp(option.volatility * sqrt(step))
    probability = (exp((option.rate - option.dividend_yield) * step) - 1 / rise) / (rise - 1 / rise)

    def paid(layer, ups):
        return max(option.sign * (option.spot * rise ** (2 * ups - layer) - option.strike), 0)

    values = [paid(steps, ups) for ups in range(steps + 1)]
    for layer in range(steps - 1, -1, -1):
        for ups in range(layer + 1):
            held = probability * values[ups + 1] + (1 - probability) * values[ups]
            values[ups] = max(exp(-option.rate * step) * held, paid(layer, ups))
    return values[0]


@pytest.mark.parametrize("spot", [70, 100, 140])
@pytest.mark.parametrize("never_early", [{"sign": 1, "rate": 0.05}, {"sign": -1, "rate": -0.01}])
def test_an_option_never_worth_exercising_early_equals_the_european_one(spot, never_early):
    # Merton (1973): a call without dividends; likewise a put whose strike loses interest.
    option = Option(spot=spot, strike=100, expiry_years=1.2, volatility=0.3, **never_early)
    closed, tree = black_scholes.measure(option), measure(option)
    assert tree["value"] == pytest.approx(closed["value"], abs=1e-4)
    for greek in ("delta", "gamma", "vega", "theta", "rho"):
        assert tree[greek] == pytest.approx(closed[greek], rel=0.01)


def test_the_tree_converges_with_the_square_of_its_steps():
    option = Option(1, 100, 95, 1, 0.25, 0.05)
    errors = [abs(price(option, steps) - black_scholes.price(option)) for steps in (25, 51, 101)]
    assert errors[0] > 3 * errors[1] > 9 * errors[2]


@given(options)
def test_the_right_to_exercise_early_is_never_worth_less_than_nothing(option):
    american = price(option, steps=51)
    closed = black_scholes.price(option)
    assert american >= closed - 2e-3 * max(closed, 0.01 * option.strike)
    assert american >= option.intrinsic() * (1 - 1e-12)
    assert american <= max(option.spot, option.strike * exp(max(-option.rate, 0) * option.expiry_years)) * (1 + 1e-9)


@given(options)
def test_calls_and_puts_mirror_each_other(option):
    # McDonald and Schroder (1998): exchange spot with strike and rate with dividend yield.
    _, spot, strike, years, volatility, rate, dividend_yield = option
    mirrored = Option(-option.sign, strike, spot, years, volatility, dividend_yield, rate)
    assert price(option, 51) == pytest.approx(price(mirrored, 51), rel=1e-6, abs=1e-9)


def test_a_put_due_for_exercise_moves_as_a_share_sold_short():
    measures = measure(Option(-1, 30, 40, 0.5, 0.2, 0.05))
    assert measures["value"] == pytest.approx(10)
    assert measures["delta"] == pytest.approx(-1)
    assert measures["theta"] == 0
    assert [measures[greek] for greek in ("gamma", "vega", "rho")] == pytest.approx([0, 0, 0], abs=1e-9)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("spot", [0.0001, 1, 100, 1e9])
@pytest.mark.parametrize("volatility, years", [(0.001, 0.0001), (0.001, 30), (3, 0.0001), (3, 30)])
def test_the_extremes_of_every_field_give_finite_measures(sign, spot, volatility, years):
    for rate in (-1, 0, 1):
        measures = measure(Option(sign, spot, 100, years, volatility, rate, 0.5), steps=51)
        assert all(abs(number) < float("inf") for number in measures.values())
