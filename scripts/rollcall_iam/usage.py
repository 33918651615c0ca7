"""What was asked for, as the cloud recorded it, held against what is permitted."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from rollcall_iam.permissions import Deployed, Permission

EXCEPTIONS = Path(__file__).with_name("exceptions.yaml")
UNKNOWN = "before any test"


@dataclass(frozen=True)
class Exceptions:
    """Reasons: why a holder (or another caller) is refused an action, and why permissions stay that no test uses."""

    refused: dict[tuple[str, str], str]
    unused: dict[Permission, str]


@dataclass
class Usage:
    """`users` are the tests, in their order, that used a permission; `refused` sentences for (holder, action)."""

    users: dict[Permission, list[str]] = field(default_factory=dict)
    refused: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    callers: set[str] = field(default_factory=set)


def of_recordings(files: Iterable[Path], deployed: Deployed) -> Usage:
    usage = Usage()
    for file in sorted(files):
        for test, intended, line in _lines(file):
            if line["decision"] == "Allow":
                _count(usage, deployed, test, line)
            elif line["action"] not in intended:
                kind = deployed.holders.get(line["caller"], line["caller"]), line["action"]
                sentence = f"{line['caller']} may not {line['action']} on {line['resource']} (in {test})"
                usage.refused.setdefault(kind, []).append(sentence)
    return usage


def _count(usage: Usage, deployed: Deployed, test: str, line: dict) -> None:
    by = line["policy"] or line["caller"]
    if holder := deployed.holders.get(by):
        usage.callers.add(by)
        users = usage.users.setdefault(Permission(holder, line["sid"], line["action"]), [])
        if test not in users:
            users.append(test)


def _lines(file: Path) -> Iterator[tuple[str, list[str], dict]]:
    """(test, the actions it intends to see refused, what was asked for while it ran)."""
    test, intended = UNKNOWN, []
    for line in map(json.loads, file.read_text(encoding="utf-8").splitlines()):
        if "test" in line:
            test, intended = line["test"], line["refused"]
        else:
            yield test, intended, line


def exceptions(file: Path = EXCEPTIONS) -> Exceptions:
    told = yaml.safe_load(file.read_text(encoding="utf-8"))
    return Exceptions(
        {
            (holder, action): entry["reason"]
            for entry in told["refused"]
            for holder in entry["holders"]
            for action in entry["actions"]
        },
        {
            Permission(entry["holder"], entry["sid"], action): entry["reason"]
            for entry in told["unused"]
            for action in entry["actions"]
        },
    )


def problems(deployed: Deployed, usage: Usage, excused: Exceptions) -> list[str]:
    """A sentence each: calls refused, permissions unused, exceptions of what is not there, roles that did nothing.

    That an excused permission is used in one run is no fault: how fast a machine is may decide which way is taken.
    """
    unused = deployed.resources.keys() - usage.users.keys()
    cure = f"remove it, use it in a test, or give the reason in {EXCEPTIONS.name}"
    refused = [words for kind, found in usage.refused.items() if kind not in excused.refused for words in found]
    return [
        *(f"refused: {words}" for words in dict.fromkeys(refused)),
        *(f"unused: {each}; {cure}" for each in sorted(map(str, unused - excused.unused.keys()))),
        *(f"{EXCEPTIONS.name}: there is no {each}" for each in excused.unused if each not in deployed.resources),
        *(
            f"{EXCEPTIONS.name}: there is no {holder}, which is refused {action}"
            for holder, action in excused.refused
            if holder not in deployed.holders.values()
        ),
        *(f"idle: nothing that {name} may do was done" for name in sorted(_idle(deployed, usage))),
    ]


def _idle(deployed: Deployed, usage: Usage) -> set[str]:
    """Roles; a queue or function of a route may well never be needed."""
    return {name for name in deployed.holders if not name.startswith("arn:")} - usage.callers


def table(deployed: Deployed, usage: Usage, excused: Exceptions) -> Iterator[str]:
    """Lines: holder, under it a statement's action and resources, under it the tests, first of all that used it."""
    last = ""
    for each in sorted(deployed.resources, key=lambda each: (each.holder, each.sid, each.action)):
        if each.holder != last:
            last = each.holder
            yield last
        users = usage.users.get(each, [])
        more = f" and {len(users) - 1} more" if len(users) > 1 else ""
        by = f"{users[0]}{more}" if users else f"NOT USED: {excused.unused.get(each, 'without a reason')}"
        yield f"  {each.sid:22} {each.action:36} {deployed.resources[each]}"
        yield f"  {'':22} {by}"
