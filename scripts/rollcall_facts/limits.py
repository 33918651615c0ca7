"""Limits: what a service model states, what the provider lets through, and where the code holds to it."""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from rollcall_facts.errors import Unreadable
from rollcall_facts.models import Models

FILE = Path(__file__).with_name("limits.yaml")


@dataclass(frozen=True)
class Stated:
    """What a model states: whole numbers from `least` to `most`, or only the values in `allowed`."""

    least: float | None = None
    most: float | None = None
    allowed: tuple = ()

    def holds(self, value: Any) -> bool:
        if self.allowed:
            return all(each in self.allowed for each in flat(value))
        return not (self.least is not None and value < self.least or self.most is not None and value > self.most)


@dataclass(frozen=True)
class Limit:
    """One line of limits.yaml, whose head tells what each field is."""

    service: str
    what: str
    model: str
    unit: str = ""
    says: str = ""
    scale: int = 1
    sizes: bool = False
    provider: int | None = None
    equal: list[str] = field(default_factory=list)
    least: list[str] = field(default_factory=list)
    within: list[str] = field(default_factory=list)
    data: list[str] = field(default_factory=list)

    def stated(self, models: Models) -> Stated:
        """Raises Unreadable when the model says no such thing any more."""
        shape, words = models.described(self.service, self.model)
        if not self.says:
            if not {"min", "max"} & shape.keys():
                raise Unreadable(f"{self.service} {self.model} has no limit in botocore {models.version}")
            return Stated(shape.get("min"), shape.get("max"))
        found = re.search(self.says, words)
        if not found:
            raise Unreadable(f"{self.service} {self.model} in botocore {models.version} no longer says {self.says!r}")
        if self.sizes:
            return Stated(allowed=tuple(sizes(words[found.start() :])))
        if "list" in found.groupdict():
            return Stated(allowed=tuple(map(number, re.findall(r"\d+", found["list"]))))
        given = {name: number(text) * self.scale for name, text in found.groupdict().items()}
        return Stated(given.get("least"), given.get("most"))

    def deployable(self, stated: Stated) -> Stated:
        """The same with what the provider refuses taken off."""
        if self.provider is None or stated.most is None:
            return stated
        return Stated(stated.least, min(stated.most, self.provider))


@cache
def limits(file: Path = FILE) -> tuple[Limit, ...]:
    read = yaml.safe_load(file.read_text(encoding="utf-8"))
    return tuple(Limit(service, **line) for service, lines in read.items() for line in lines)


def number(text: str) -> int:
    return int(text.replace(",", ""))


def sizes(words: str) -> list[tuple[float, int]]:
    """(CPU units, MiB) of every size of a container, from Batch's list "value = 0.5 MEMORY = 1024, 2048, or 4096"."""
    rows = re.findall(r"value = ([\d.]+) MEMORY = ((?:\d+,? ?(?:or )?)+)", words)
    return [(float(cpu) * 1024, int(memory)) for cpu, row in rows for memory in re.findall(r"\d+", row)]


def flat(value: object) -> list:
    """A list's values; of {cpu: memories} the pairs."""
    if isinstance(value, dict):
        return [(float(cpu), memory) for cpu, memories in value.items() for memory in flat(memories)]
    return value if isinstance(value, list) else [value]
