import pytest

from rollcall.calculations import Job, find
from value_equity.calculation import value_equity


def test_a_holding_is_worth_its_quantity_times_the_spot():
    assert value_equity({"quantity": 200, "spot": 12.5}) == {"value": 2500, "delta": 200}


def test_a_holding_sold_short_is_worth_less_than_nothing():
    assert value_equity({"quantity": -200, "spot": 12.5}) == {"value": -2500, "delta": -200}


def test_a_negative_spot_is_refused_naming_the_field():
    with pytest.raises(ValueError, match="^spot is -12.5: give "):
        value_equity({"quantity": 200, "spot": -12.5})


def test_it_serves_equities_of_every_market():
    assert find("equity.us")({"quantity": 1, "spot": 2}, Job("j", ""))["value"] == 2
