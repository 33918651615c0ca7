"""Every place of every limit, compared with the models."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rollcall_facts import places
from rollcall_facts.errors import Unreadable
from rollcall_facts.limits import Limit, Stated
from rollcall_facts.models import Models

DATA_CURE = "write the new value with its source and date, and see what the planner makes of it"


@dataclass(frozen=True)
class Finding:
    """One place and what is to be said of it; `wrong` is a sentence with the cure, "" when it holds."""

    what: str
    place: str
    value: str
    wrong: str = ""
    note: str = ""


def compare(root: Path, limits: tuple[Limit, ...], models: Models) -> list[Finding]:
    return [finding for limit in limits for finding in findings(root, limit, models)]


def findings(root: Path, limit: Limit, models: Models) -> Iterator[Finding]:
    what = f"{limit.service}: {limit.what}"
    try:
        stated = limit.stated(models)
    except Unreadable as error:
        yield Finding(what, limit.model, "", f"{error}; read what it says now and correct limits.yaml")
        return
    source = f"{limit.service} {limit.model}, botocore {models.version}"
    ours = limit.deployable(stated)
    note = (
        "" if ours == stated else f"{in_units(stated.most, limit)} against the provider's {in_units(ours.most, limit)}"
    )
    rules = (
        (limit.equal, Stated(ours.most, ours.most, ours.allowed), ours, note, ""),
        (limit.least, Stated(ours.least, ours.least), Stated(ours.least, ours.least), "", ""),
        (limit.within, ours, ours, note, ""),
        (limit.data, Stated(stated.most, stated.most), stated, note, DATA_CURE),
    )
    for group, rule, said, noted, cure in rules:
        for place in group:
            yield from at_place(root, place, what, limit, rule, in_words(said, limit, source, noted), noted, cure)


def at_place(
    root: Path, place: str, what: str, limit: Limit, rule: Stated, said: str, note: str, cure: str
) -> Iterator[Finding]:
    try:
        found = places.read(root, place)
    except Unreadable as error:
        yield Finding(what, place, "", f"{error}; correct this place in limits.yaml")
        return
    for where, value in found.items():
        shown = in_units(value, limit)
        exact = rule.allowed and place in limit.equal and sorted(value) != sorted(rule.allowed)
        if rule.holds(value) and not exact:
            yield Finding(what, where, shown, note=note)
        else:
            yield Finding(what, where, shown, f"{shown}, but {said}; {cure or 'correct the code'}", note)


def in_words(stated: Stated, limit: Limit, source: str, note: str) -> str:
    """What is allowed, for people: "AWS allows 1 to 900 s (source)"."""
    if stated.allowed:
        allowed = "only " + ", ".join(map(str, stated.allowed))
    elif stated.least == stated.most or stated.least is None:
        allowed = in_units(stated.most, limit)
    elif stated.most is None:
        allowed = f"{in_units(stated.least, limit)} at least"
    else:
        allowed = f"{stated.least:,} to {in_units(stated.most, limit)}"
    return f"AWS allows {allowed} ({source}{', ' + note if note else ''})"


def in_units(value: object, limit: Limit) -> str:
    if isinstance(value, dict):
        return f"{sum(map(len, value.values()))} sizes"
    if isinstance(value, list):
        return f"{len(value)} values"
    return f"{value:,} {limit.unit}".strip() if isinstance(value, int | float) else str(value)
