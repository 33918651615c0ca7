"""Calculations: plain functions, registered by the data type they serve."""

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from rollcall.errors import NoCalculation

Calculate = Callable[[dict, "Job"], dict]
F = TypeVar("F", bound=Callable[..., dict])
_registry: dict[str, Calculate] = {}


@dataclass(frozen=True)
class Job:
    """What a calculation may know of its job: the id, and the URI of the whole input ("" if inline)."""

    id: str
    input: str


def calculation(data_type: str) -> Callable[[F], F]:
    """Register a plain function `f(item) -> dict`, or `f(item, job) -> dict`, for a data type.

    It serves the data type and everything below it: `equity` also serves `equity.us`, unless
    that has a calculation of its own. The function itself stays as it is.
    """

    def register(function: F) -> F:
        takes_job = len(inspect.signature(function).parameters) > 1
        _registry[data_type] = function if takes_job else lambda item, job: function(item)
        return function

    return register


def find(data_type: str) -> Calculate:
    """The calculation that serves a data type; raises NoCalculation naming those there are."""
    load_all()
    name = data_type
    while name:
        if name in _registry:
            return _registry[name]
        name = name.rpartition(".")[0]
    raise NoCalculation(
        f"no @calculation serves data type {data_type!r}; this worker has "
        f"{', '.join(sorted(_registry)) or 'none'}. Add one, or correct the route's function or image"
    )


@cache
def load_all() -> None:
    """Import every `calculation` module that was packed beside this library; in the source tree, those of each root."""
    packed = Path(__file__).parent.parent
    for module in sorted([*packed.glob("*/calculation.py"), *packed.glob("*/*/calculation.py")]):
        importlib.import_module(f"{module.parent.name}.calculation")
