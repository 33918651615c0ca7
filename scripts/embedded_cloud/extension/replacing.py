"""Replacing functions of the emulator by functions that may call the original."""

from collections.abc import Callable
from functools import partial
from types import ModuleType


def around(module: ModuleType, *names: str) -> Callable[[Callable], Callable]:
    """The decorated function takes the place of each named one; its first argument is the original.

    Raises AttributeError when the emulator has no such function.
    """

    def install(replacement: Callable) -> Callable:
        for name in names:
            original = getattr(module, name)
            bound = partial(replacement, original)
            setattr(module, name, bound)
            _replace_in_tables(module, original, bound)
        return replacement

    return install


def instead(module: ModuleType | type, name: str) -> Callable[[Callable], Callable]:
    """The decorated function takes the place of the named one, which is never called again.

    Raises AttributeError when the emulator has no such function.
    """

    def install(replacement: Callable) -> Callable:
        original = getattr(module, name)
        setattr(module, name, replacement)
        _replace_in_tables(module, original, replacement)
        return replacement

    return install


def _replace_in_tables(module: ModuleType | type, original: Callable, replacement: Callable) -> None:
    """Services look their actions up in tables filled when they were imported."""
    for table in [value for value in vars(module).values() if isinstance(value, dict)]:
        for key in [key for key, value in table.items() if value is original]:
            table[key] = replacement
