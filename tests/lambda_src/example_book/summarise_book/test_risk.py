import pytest
from hypothesis import given
from hypothesis import strategies as st

from summarise_book.risk import expected_shortfall, value_at_risk

pnl_lists = st.lists(st.floats(-1e9, 1e9), min_size=1, max_size=60)


def test_of_twenty_scenarios_the_second_worst_is_the_value_at_risk_at_95():
    pnls = [-loss for loss in range(1, 21)]
    assert value_at_risk(pnls, 95) == 19
    assert expected_shortfall(pnls, 95) == 20


def test_of_a_hundred_scenarios_the_worst_five_make_the_shortfall_at_95():
    pnls = [100 - 3 * loss for loss in range(1, 101)]  # losses -97, -94 ... 200
    assert value_at_risk(pnls, 95) == 185
    assert expected_shortfall(pnls, 95) == (188 + 191 + 194 + 197 + 200) / 5
    assert (value_at_risk(pnls, 99), expected_shortfall(pnls, 99)) == (197, 200)


def test_a_scenario_partly_in_the_tail_counts_with_that_part():
    # 5 % of 30 scenarios are one and a half: the worst, and half of the second worst.
    pnls = [-10, -4] + [1] * 28
    assert value_at_risk(pnls, 95) == 4
    assert expected_shortfall(pnls, 95) == pytest.approx((10 + 0.5 * 4) / 1.5)


def test_a_single_scenario_is_its_own_tail():
    assert (value_at_risk([-7], 99), expected_shortfall([-7], 99)) == (7, 7)


@given(pnl_lists, st.sampled_from([95, 99]))
def test_the_shortfall_lies_between_value_at_risk_and_worst_loss(pnls, percent):
    shortfall = expected_shortfall(pnls, percent)
    assert value_at_risk(pnls, percent) <= shortfall + 1e-6
    assert shortfall <= max(-pnl for pnl in pnls) + 1e-6


@given(pnl_lists, st.sampled_from([95, 99]), st.randoms())
def test_the_order_of_scenarios_does_not_matter(pnls, percent, random):
    shuffled = random.sample(pnls, len(pnls))
    assert value_at_risk(shuffled, percent) == value_at_risk(pnls, percent)
    assert expected_shortfall(shuffled, percent) == expected_shortfall(pnls, percent)


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), min_size=1, max_size=60))
def test_the_shortfall_of_two_books_together_is_at_most_the_sum(pnls):
    apart = sum(expected_shortfall(book, 95) for book in zip(*pnls, strict=True))
    assert expected_shortfall([one + other for one, other in pnls], 95) <= apart + 1e-6
