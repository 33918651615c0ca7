import pytest

from derivatives.fields import FIELDS, read_numbers


def test_numbers_come_in_the_order_asked_for():
    assert read_numbers({"spot": 101.5, "quantity": -3, "other": "x"}, ["quantity", "spot"]) == [-3, 101.5]


@pytest.mark.parametrize("unfit", ["12", None, True, -1, 0, float("nan"), float("inf"), [1]])
def test_an_unfit_number_is_refused_naming_field_and_cure(unfit):
    with pytest.raises(ValueError, match=r"spot is .*: give a number from 0\.0001 to 1e\+09 \(price of one share\)"):
        read_numbers({"spot": unfit}, ["spot"])


def test_a_percentage_given_for_a_fraction_is_refused():
    with pytest.raises(ValueError, match=r"volatility is 20: give .* 0\.2 is 20 %"):
        read_numbers({"volatility": 20}, ["volatility"])


def test_all_unfit_fields_are_named_at_once():
    with pytest.raises(ValueError, match="spot is missing: add .*; strike is -1: give .*; rate is missing: add"):
        read_numbers({"strike": -1}, ["spot", "strike", "rate"])


def test_the_limits_themselves_are_allowed():
    for name, field in FIELDS.items():
        assert read_numbers({name: field.lowest}, [name]) == [field.lowest]
        assert read_numbers({name: field.highest}, [name]) == [field.highest]
