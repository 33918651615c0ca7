from math import exp, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from derivatives.black_scholes import measure, price
from derivatives.positions import Option

options = st.builds(
    Option,
    sign=st.sampled_from([1, -1]),
    spot=st.floats(1, 500),
    strike=st.floats(1, 500),
    expiry_years=st.floats(0.01, 10),
    volatility=st.floats(0.02, 1.5),
    rate=st.floats(-0.05, 0.15),
    dividend_yield=st.floats(0, 0.1),
)

# Haug, "The Complete Guide to Option Pricing Formulas": worked examples of chapter 1.
HAUG = [
    (Option(1, 60, 65, 0.25, 0.30, 0.08, 0.00), 2.1334),
    (Option(-1, 100, 95, 0.50, 0.20, 0.10, 0.05), 2.4648),
    (Option(-1, 19, 19, 0.75, 0.28, 0.10, 0.10), 1.7011),
    (Option(1, 1.56, 1.60, 0.50, 0.12, 0.06, 0.08), 0.0291),
    (Option(-1, 75, 70, 0.50, 0.35, 0.10, 0.05), 4.0870),
]


@pytest.mark.parametrize("option, published", HAUG)
def test_values_are_those_printed_in_haugs_book(option, published):
    assert price(option) == pytest.approx(published, abs=1e-4)


@pytest.mark.parametrize("sign, published", [(1, 4.76), (-1, 0.81)])
def test_hulls_example_gives_the_values_of_his_book(sign, published):
    assert price(Option(sign, 42, 40, 0.5, 0.2, 0.10)) == pytest.approx(published, abs=0.005)


# The same book of Haug's: examples of the greeks.
@pytest.mark.parametrize(
    "greek, option, published",
    [
        ("delta", Option(1, 105, 100, 0.5, 0.36, 0.10, 0.10), 0.5946),
        ("delta", Option(-1, 105, 100, 0.5, 0.36, 0.10, 0.10), -0.3566),
        ("gamma", Option(1, 55, 60, 0.75, 0.30, 0.10), 0.0278),
        ("vega", Option(-1, 55, 60, 0.75, 0.30, 0.10), 18.9358),
        ("theta", Option(-1, 430, 405, 1 / 12, 0.20, 0.07, 0.05), -31.1924),
        ("rho", Option(1, 72, 75, 1, 0.19, 0.09), 38.7325),
    ],
)
def test_greeks_are_those_printed_in_haugs_book(greek, option, published):
    assert measure(option)[greek] == pytest.approx(published, abs=1e-4)


@given(options)
def test_a_call_less_a_put_is_a_forward(option):
    call, put = price(option._replace(sign=1)), price(option._replace(sign=-1))
    carried_spot = option.spot * exp(-option.dividend_yield * option.expiry_years)
    discounted_strike = option.strike * exp(-option.rate * option.expiry_years)
    assert call - put == pytest.approx(carried_spot - discounted_strike, abs=1e-9)


@given(options)
def test_a_value_lies_between_its_bounds_without_arbitrage(option):
    carried_spot = option.spot * exp(-option.dividend_yield * option.expiry_years)
    discounted_strike = option.strike * exp(-option.rate * option.expiry_years)
    lowest = max(option.sign * (carried_spot - discounted_strike), 0)
    highest = carried_spot if option.sign == 1 else discounted_strike
    assert lowest - 1e-9 <= price(option) <= highest + 1e-9


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("spot", [80, 100, 130])
def test_greeks_are_the_slopes_of_the_value(sign, spot):
    option = Option(sign, spot, 100, 0.8, 0.25, 0.04, 0.02)
    measures = measure(option)
    for greek, term, unit in [
        ("delta", "spot", 1),
        ("vega", "volatility", 1),
        ("rho", "rate", 1),
        ("theta", "expiry_years", -1),
    ]:
        assert measures[greek] == pytest.approx(unit * slope(price, option, term, 1e-5), rel=1e-6)
    gamma = slope(lambda moved: measure(moved)["delta"], option, "spot", 1e-4)
    assert measures["gamma"] == pytest.approx(gamma, rel=1e-6)


def slope(function, option, term, bump):
    centre = getattr(option, term)
    above, below = (function(option._replace(**{term: centre + move})) for move in (bump, -bump))
    return (above - below) / (2 * bump)


def test_a_call_at_the_forward_is_worth_about_two_fifths_of_its_deviation():
    # Brenner and Subrahmanyam (1988): 0.4 S sigma sqrt(T).
    assert price(Option(1, 100, 100, 0.25, 0.2, 0.0)) == pytest.approx(0.4 * 100 * 0.2 * sqrt(0.25), rel=0.005)
