"""Who imports whom: the rooms of the library stand in an order, and the packages one above the other."""

import ast
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from rollcall_client.environment import ROOT

LAMBDAS, SCRIPTS = ROOT / "lambda_src", ROOT / "scripts"
LIBRARY = LAMBDAS / "rollcall"
# A room imports those before it, and modules that stand in no room; these import no room.
ROOMS = ("intake", "records", "barrier", "dispatch", "worker", "receipts")
# What a package may import of the other packages here; one that is not named may import all.
ALLOWED = {
    "rollcall": set(),
    **{folder.name: {"rollcall"} for folder in (LAMBDAS / "platform").iterdir() if folder.is_dir()},
    "rollcall_terminal": set(),
    "rollcall_planner": {"rollcall"},
    "rollcall_client": {"rollcall", "rollcall_planner", "embedded_cloud"},
    "rollcall_bench": {"rollcall", "rollcall_client", "rollcall_terminal", "embedded_cloud"},
    "chaos": {"rollcall", "rollcall_client", "rollcall_terminal", "embedded_cloud"},
    "embedded_cloud": set(),
}
WITHOUT_A_SCREEN = ("rollcall", "rollcall_client")
SCREEN = {"rich", "typer"}


def files() -> dict[str, Path]:
    """Every module by the name it is imported by."""
    roots = [LAMBDAS, *(folder for folder in LAMBDAS.iterdir() if folder.name != "rollcall"), SCRIPTS]
    found = {}
    for root in (each for each in roots if each.is_dir()):
        for top in root.iterdir():
            for file in [top] if top.suffix == ".py" else top.rglob("*.py") if (top / "__init__.py").exists() else []:
                words = file.relative_to(root).with_suffix("").parts
                found[".".join(words[:-1] if words[-1] == "__init__" else words)] = file
    return found


FILES = files()
PACKAGES = {module.partition(".")[0] for module in FILES}


def imported(file: Path) -> Iterator[str]:
    """The modules a file imports, wherever in it; `from a import b` is a.b where that is a module here, else a."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module and not node.level, f"{file}: import by the whole name"
            inside = (f"{node.module}.{each.name}" for each in node.names)
            yield from (name if name in FILES else node.module for name in inside)


@cache
def imports() -> dict[str, set[str]]:
    """What each module imports; read when a test asks, not by each worker that collects the tests."""
    return {module: set(imported(file)) for module, file in FILES.items()}


def room_of(module: str) -> str | None:
    """The room of the library a module stands in; None for one in no room."""
    words = module.split(".")
    return words[1] if words[0] == "rollcall" and len(words) > 1 and (LIBRARY / words[1]).is_dir() else None


def of_package(package: str) -> dict[str, set[str]]:
    """The top-level names that each module of a package imports, but for its own."""
    return {
        module: {name.partition(".")[0] for name in names} - {package}
        for module, names in imports().items()
        if module.partition(".")[0] == package
    }


def test_every_room_of_the_library_has_its_place():
    assert {path.parent.name for path in LIBRARY.glob("*/*.py")} == set(ROOMS)
    assert set(ALLOWED) <= PACKAGES


def test_a_room_imports_only_those_before_it():
    upward = [
        f"{module} imports {name}"
        for module, names in imports().items()
        if module.partition(".")[0] == "rollcall"
        for name in sorted(names)
        if (other := room_of(name)) and other != (room := room_of(module))
        if room is None or ROOMS.index(other) > ROOMS.index(room)
    ]
    assert upward == []


@pytest.mark.parametrize("package", ALLOWED)
def test_a_package_imports_only_what_stands_below_it(package):
    allowed = ALLOWED[package] | {package}
    beside = {module: names & PACKAGES - allowed for module, names in of_package(package).items()}
    assert {module: names for module, names in beside.items() if names} == {}


@pytest.mark.parametrize("package", WITHOUT_A_SCREEN)
def test_what_needs_no_screen_has_none(package):
    assert {module for module, names in of_package(package).items() if names & SCREEN} == set()


def test_nothing_imports_in_a_circle():
    of_packages = {package: set().union(*of_package(package).values()) & PACKAGES for package in PACKAGES}
    TopologicalSorter(of_packages).prepare()
    TopologicalSorter({module: names & FILES.keys() for module, names in imports().items()}).prepare()
