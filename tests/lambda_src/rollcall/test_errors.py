"""The file of exceptions opens with their tree."""

import re

from rollcall import errors
from rollcall.errors import RollcallError


def tree(error: type[Exception], depth: int = 0) -> list[tuple[int, str]]:
    below = [each for child in error.__subclasses__() for each in tree(child, depth + 1)]
    return [(depth, error.__name__), *below] if error.__module__ == errors.__name__ else []


def test_the_tree_is_that_of_the_classes_in_their_order():
    told = re.findall(r"(?m)^((?:│   |    |├── |└── )*)(\w+)$", errors.__doc__)
    assert [(len(branch) // 4, name) for branch, name in told] == tree(RollcallError)


def test_each_tells_when_it_is_raised():
    assert all(re.match("Raised .*", getattr(errors, name).__doc__) for _, name in tree(RollcallError))
