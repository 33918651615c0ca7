"""Fleets in simulated time."""

import gc

import pytest
from tests.simulation.fleet import Fleet


@pytest.fixture
def fleet(monkeypatch):
    """fleet(max_concurrency, …): a Fleet, and no garbage collector, which would look through every chunk in vain."""
    gc.disable()
    yield lambda *arguments, **named: Fleet(monkeypatch, *arguments, **named)
    gc.enable()
