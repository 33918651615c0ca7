import pytest

from value_american.calculation import value_american

# Hull, "Options, Futures, and Other Derivatives": the call is worth 4.76; without dividends also the American one.
HULL = {
    "quantity": 100,
    "kind": "call",
    "spot": 42,
    "strike": 40,
    "expiry_years": 0.5,
    "volatility": 0.2,
    "rate": 0.1,
    "dividend_yield": 0,
}


def test_a_position_is_worth_its_quantity_times_hulls_value():
    assert value_american(HULL)["value"] == pytest.approx(476, abs=0.5)


def test_value_and_greeks_are_returned():
    assert list(value_american(HULL)) == ["value", "delta", "gamma", "vega", "theta", "rho"]


def test_a_position_sold_short_has_every_sign_turned():
    long, short = value_american(HULL), value_american(HULL | {"quantity": -100})
    assert short == {name: -measure for name, measure in long.items()}


def test_every_unfit_field_is_named():
    with pytest.raises(ValueError, match="^strike is 0: give .*; volatility is missing: add "):
        value_american({name: field for name, field in HULL.items() if name != "volatility"} | {"strike": 0})
