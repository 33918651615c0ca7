import pytest

from derivatives.positions import Option, Share, Shock, read_option, read_share, read_shock, times

ITEM = {
    "quantity": 10,
    "kind": "put",
    "spot": 100,
    "strike": 90,
    "expiry_years": 0.5,
    "volatility": 0.2,
    "rate": 0.03,
    "dividend_yield": 0.01,
}


def test_an_item_becomes_a_quantity_and_an_option():
    assert read_option(ITEM) == (10, Option(-1, 100, 90, 0.5, 0.2, 0.03, 0.01))


def test_an_item_becomes_a_quantity_and_a_share():
    assert read_share({"quantity": -5, "spot": 12.5}) == (-5, Share(12.5))


@pytest.mark.parametrize("kind", ["Call", "straddle", 1, None, ["put"]])
def test_an_unknown_kind_of_option_is_refused_naming_the_cure(kind):
    with pytest.raises(ValueError, match='kind is .*: give "call" or "put"'):
        read_option(ITEM | {"kind": kind})


def test_a_missing_kind_is_named():
    with pytest.raises(ValueError, match='kind is missing: give "call" or "put"'):
        read_option({})


def test_a_scenario_shocks_what_it_names_and_nothing_else():
    assert read_shock({"equity_shock": -0.1}) == Shock(-0.1, 0, 0)
    assert read_shock({"rate_shock": 0.01, "volatility_shock": 0}) == Shock(0, 0, 0.01)


def test_a_scenario_without_a_shock_is_refused():
    with pytest.raises(ValueError, match="give at least one of equity_shock, volatility_shock, rate_shock"):
        read_shock({"id": "calm"})


def test_a_fall_below_nothing_is_refused():
    with pytest.raises(ValueError, match="equity_shock is -1.5"):
        read_shock({"equity_shock": -1.5})


def test_a_shock_moves_spot_volatility_and_rate():
    _, option = read_option(ITEM)
    assert option.shocked(Shock(-0.5, 0.1, -0.01)) == pytest.approx((-1, 50, 90, 0.5, 0.3, 0.02, 0.01))
    assert Share(80).shocked(Shock(0.25, 0.1, 0.1)) == Share(100)


def test_a_shock_never_takes_all_volatility_away():
    _, option = read_option(ITEM)
    assert option.shocked(Shock(volatility=-0.5)).volatility == 0.01


@pytest.mark.parametrize("volatility", [0.001, 0.2])
def test_a_zero_shock_changes_nothing(volatility):
    _, option = read_option(ITEM | {"volatility": volatility})
    assert option.shocked(Shock()) == option


def test_a_position_measures_as_often_as_its_quantity():
    assert times(-2, {"value": 1.5, "delta": 1}) == {"value": -3, "delta": -2}
