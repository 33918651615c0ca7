"""The probe does what an item asks for."""

import os

import pytest

from rollcall.errors import RetryLater
from run_probe.calculation import run_probe


def test_an_item_that_asks_for_nothing_succeeds_at_once():
    assert run_probe({"id": "plain"}) == {"tries": 1}


def test_an_item_may_ask_when_it_ran():
    result = run_probe({"id": "timed", "seconds": 0.05, "timed": True})
    assert result["ended"] - result["began"] >= 0.05 and result["tries"] == 1


def test_an_item_may_fail_with_its_own_words():
    with pytest.raises(ValueError, match="no price"):
        run_probe({"id": "bad", "fail": "no price"})


def test_an_item_may_succeed_at_a_later_try():
    with pytest.raises(RetryLater, match="try 1 of 2"):
        run_probe({"id": "later", "tries": 2})
    assert run_probe({"id": "later", "tries": 2}) == {"tries": 2}


@pytest.mark.parametrize(("wish", "signal", "code"), [({"die": True}, 9, 0), ({"exit": 3}, 0, 3)])
def test_an_item_may_kill_or_end_its_worker(wish, signal, code):
    child = os.fork()
    if not child:
        run_probe({"id": "poison", **wish})
        os._exit(99)
    _, status = os.waitpid(child, 0)
    assert (os.WTERMSIG(status), os.WEXITSTATUS(status)) == (signal, code)
