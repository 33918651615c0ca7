"""Calculations: plain functions, registered by the data type they serve."""

import importlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

from rollcall.errors import NoCalculation
from rollcall.observability import logger
from rollcall.shapes import shape_of

Calculate = Callable[[dict, "Job"], dict]
F = TypeVar("F", bound=Callable[..., dict])
_registry: dict[str, Calculate] = {}
_functions: dict[str, Callable] = {}  # as they were written
_broken: dict[str, str] = {}  # modules that could not be imported, and why


@dataclass(frozen=True)
class Job:
    """What a calculation may know of its job: the id, and the URI of the whole input ("" if inline)."""

    id: str
    input: str


def calculation(data_type: str) -> Callable[[F], F]:
    """Register a plain function `f(item) -> dict`, or `f(item, job) -> dict`, for a data type.

    It serves the data type and everything below it: `equity` also serves `equity.us`, unless
    that has a calculation of its own. The function itself stays as it is. A parameter named `job`, or a second one
    without a default, is given the job; others keep their defaults. Of an item whose parameter is declared to be a
    dataclass or a Pydantic model one is made. Raises TypeError for a function that needs more, or declares what JSON
    cannot hold.
    """

    def register(function: F) -> F:
        _registry[data_type] = with_shape(function, with_job(function))
        _functions[data_type] = function
        return function

    return register


def with_shape(function: Callable[..., dict], calculate: Calculate) -> Calculate:
    """The calculation as it is called with an item, whatever its function makes of one."""
    shape = shape_of(function)
    return calculate if shape is None else lambda item, job: calculate(shape.make(item), job)


def functions() -> dict[str, Callable]:
    """The functions of all calculations there are, by data type."""
    load_all()
    return _functions


def broken() -> dict[str, str]:
    """The modules that could not be imported, and why."""
    load_all()
    return _broken


def with_job(function: Callable[..., dict]) -> Calculate:
    """The function as it is called for an item, whether it asks for the job or not."""
    more = list(inspect.signature(function).parameters.values())[1:]
    needed = [each for each in more if each.name == "job" or needs_value(each)]
    if len(needed) > 1:
        names = ", ".join(each.name for each in needed)
        raise TypeError(f"@calculation {function.__name__}: it is given an item and its job, but needs {names}")
    if not needed:
        return lambda item, job: function(item)
    if needed[0].kind is inspect.Parameter.KEYWORD_ONLY or needed[0] is not more[0]:
        return lambda item, job: function(item, **{needed[0].name: job})
    return function


def needs_value(parameter: inspect.Parameter) -> bool:
    variable = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return parameter.default is parameter.empty and parameter.kind not in variable


def find(data_type: str) -> Calculate:
    """The calculation that serves a data type; raises NoCalculation naming those there are."""
    load_all()
    name = data_type
    while name:
        if name in _registry:
            return _registry[name]
        name = name.rpartition(".")[0]
    broken = "".join(f"; {module} could not be imported: {reason}" for module, reason in _broken.items())
    raise NoCalculation(
        f"no @calculation serves data type {data_type!r}; this worker has "
        f"{', '.join(sorted(_registry)) or 'none'}{broken}. Add one, or correct the route's function or image"
    )


@cache
def load_all() -> None:
    """Import every `calculation` module that was packed beside this library; in the source tree, those of each root.

    One that cannot be imported spoils no other; `find` tells of it.
    """
    packed = Path(__file__).parent.parent
    for module in sorted([*packed.glob("*/calculation.py"), *packed.glob("*/*/calculation.py")]):
        name = f"{module.parent.name}.calculation"
        try:
            importlib.import_module(name)
        except BaseException as error:  # even sys.exit
            _broken[name] = f"{type(error).__name__}: {error}"
            logger.exception("calculation not imported", calculation=name)
