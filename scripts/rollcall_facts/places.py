"""Places: where the code holds a value, and the value that stands there now.

A place is "FILE#PATH" or "FILE#PATH * FACTOR": a Python module's constant, a path of names through Terraform or YAML.
"*" in a path stands for every name. Expressions of numbers are worked out; a Terraform one may refer to its module's
locals, and what `contains` looks through is taken for the list it is. A regular expression stands for the length of
the longest text it lets through.
"""

import ast
import operator
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeGuard

import hcl2
import yaml

from rollcall_facts.errors import Unreadable

OPERATORS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Pow: operator.pow}
REPEATED = re.compile(r"\{\d+,(\d+)\}$")


def read(root: Path, place: str) -> dict[str, Any]:
    """{place: value}, several where the path has a "*". Raises Unreadable."""
    where, _, factor = place.partition(" * ")
    file, _, path = where.partition("#")
    path_in = root / file
    if not path_in.is_file():
        raise Unreadable(f"{file}: there is no such file")
    names = path.split(".")
    kinds = {".py": of_python, ".tf": of_terraform, ".yaml": of_yaml}
    found = {
        f"{file}#{'.'.join(way)}": times(value, factor)
        for way, value in kinds[path_in.suffix](path_in, names)
        if value is not None
    }
    if not found:
        raise Unreadable(f"{file}: there is no {path} in it")
    return found


def times(value: Any, factor: str) -> Any:
    return value * int(factor) if factor else value


def is_assignment(statement: ast.stmt) -> TypeGuard[ast.Assign]:
    return isinstance(statement, ast.Assign)


def of_python(file: Path, names: list[str]) -> Iterator[tuple[list[str], object]]:
    """The value of a constant of the module."""
    statements = ast.parse(file.read_text(encoding="utf-8")).body
    for statement in filter(is_assignment, statements):
        for target in statement.targets:
            given = statement.value
            pairs = [(target, given)]
            if isinstance(target, ast.Tuple) and isinstance(given, ast.Tuple):
                pairs = list(zip(target.elts, given.elts, strict=True))
            for name, value in pairs:
                if isinstance(name, ast.Name) and name.id == names[0]:
                    yield names, worked_out(value, refuse_name)


def of_yaml(file: Path, names: list[str]) -> Iterator[tuple[list[str], object]]:
    yield from walk(as_yaml(file.read_text(encoding="utf-8")), names, [])


def of_terraform(file: Path, names: list[str]) -> Iterator[tuple[list[str], object]]:
    def local(name: str) -> object:
        for each in sorted(file.parent.glob("*.tf")):
            for _, value in walk(parsed(each), ["locals", *name.split(".")], []):
                return expression(value, local)
        raise Unreadable(f"{file.parent}: there is no local.{name}")

    for way, value in walk(parsed(file), names, []):
        yield way, expression(value, local)


def parsed(file: Path) -> dict:
    return as_terraform(file.read_text(encoding="utf-8"))


# Parsing takes nearly all the time, and many places are in the same file.
@cache
def as_terraform(text: str) -> dict:
    return hcl2.loads(text)


@cache
def as_yaml(text: str) -> dict:
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def walk(value: object, names: list[str], way: list[str]) -> Iterator[tuple[list[str], object]]:
    """Every value at the end of a path of names; a list of blocks is looked through as one."""
    if not names:
        yield way, value
    elif isinstance(value, list):
        for each in value:
            yield from walk(each, names, way)
    elif isinstance(value, dict):
        for key, inner in value.items():
            name = str(key).strip('"')
            if names[0] in (name, "*") and not name.startswith("__"):
                yield from walk(inner, names[1:], [*way, name])


def expression(value: object, local: Callable[[str], object]) -> object:
    """What Terraform would work out of a value as its parser gives it."""
    if isinstance(value, dict):
        return {str(key).strip('"'): expression(each, local) for key, each in value.items() if key[:2] != "__"}
    if isinstance(value, str) and value.startswith("${"):
        return worked_out(ast.parse(value[2:-1].replace("&&", "and"), mode="eval").body, local)
    return value


def worked_out(node: ast.expr, local: Callable[[str], object]) -> object:
    """The value of an expression of literals. Raises Unreadable for any other."""

    def value(part: ast.expr) -> Any:
        return worked_out(part, local)

    match node:
        case ast.Constant():
            return node.value
        case ast.List() | ast.Tuple() | ast.Set():
            return [value(each) for each in node.elts]
        case ast.BinOp() if type(node.op) in OPERATORS:
            return OPERATORS[type(node.op)](value(node.left), value(node.right))
        case ast.Attribute():
            return local(ast.unparse(node).removeprefix("local."))
        case ast.Call(func=ast.Name(id="range")):
            return list(range(*map(value, node.args)))
        case ast.Call(func=ast.Name(id="contains")):
            return value(node.args[0])
        case ast.Call(func=ast.Attribute(attr="compile")):
            return longest(value(node.args[0]))
        case _:
            raise Unreadable(f"{ast.unparse(node)}: neither a number nor made of numbers")


def longest(pattern: str) -> int:
    """How long a text may be that the pattern, one repeated class of characters, lets through."""
    found = REPEATED.search(pattern)
    if not found:
        raise Unreadable(f"{pattern}: does not end with how often it is repeated, {{1,72}} for instance")
    return int(found[1])


def refuse_name(name: str) -> object:
    raise Unreadable(f"{name}: neither a number nor made of numbers")
