import json
from fractions import Fraction
from math import fsum

from hypothesis import given
from hypothesis import strategies as st

from summarise_book.tally import exact_sum, tally_results


def line(identifier, result=None, data_type="equity"):
    error = {"type": "ValueError", "message": "spot is missing"}
    outcome = {"ok": True, "result": result} if result else {"ok": False, "error": error}
    return json.dumps({"id": identifier, "data_type": data_type} | outcome).encode()


def test_items_are_counted_and_totalled_by_data_type():
    tally = tally_results(
        [line("a", {"value": 2.5, "delta": 1}), line("b"), line("c", {"value": 4}), line("d", {"value": 1}, "bond")]
    )
    assert {name: (part.succeeded, part.failed) for name, part in tally.by_data_type.items()} == {
        "equity": (2, 1),
        "bond": (1, 0),
    }
    assert tally.by_data_type["equity"].measures == {"value": [6.5], "delta": [1]}


def test_scenarios_are_kept_with_their_profit_and_loss():
    assert tally_results([line("s", {"pnl": -3.0, "base_value": 9}, "scenario")]).scenarios == [(-3.0, "s")]


def test_an_item_answered_by_a_later_run_is_not_counted_again():
    tally = tally_results([line("a"), line("b", {"value": 1})], answered={"a"})
    assert (tally.by_data_type["equity"].failed, tally.ids) == (0, ["b"])


@given(st.lists(st.floats(-1e12, 1e12)))
def test_the_exact_sum_is_exact(numbers):
    assert sum(map(Fraction, exact_sum(numbers))) == sum(map(Fraction, numbers))


@given(st.lists(st.floats(-1e12, 1e12)), st.lists(st.floats(-1e12, 1e12)))
def test_sums_of_two_files_add_up_as_if_they_were_one(one, other):
    assert fsum(exact_sum(one) + exact_sum(other)) == fsum(one + other)
