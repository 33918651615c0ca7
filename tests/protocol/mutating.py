"""Product functions with one change in their source, to show that the exploration would notice."""

import inspect
import sys
import textwrap
from collections.abc import Callable


def mutate(monkeypatch, function: Callable, old: str, new: str) -> None:
    """Put a function, or a method, with `new` in place of `old` in its source, where the original is."""
    source = textwrap.dedent(inspect.getsource(function))
    assert source.count(old) == 1, f"{function.__qualname__} has changed; write this mutation again"
    module = sys.modules[function.__module__]
    made: dict = {}
    exec(compile(source.replace(old, new), f"mutated {function.__qualname__}", "exec"), module.__dict__, made)
    *owner, name = function.__qualname__.split(".")
    monkeypatch.setattr(getattr(module, owner[0]) if owner else module, name, made[name])
