"""What is wrong with an input, and what was guessed about it: each kind told once, with a count."""

from dataclasses import dataclass, field

MAX_PROBLEMS = 20
MAX_PLACES = 3

Position = int | str  # a line, or words


@dataclass(frozen=True)
class Problem:
    """What is wrong with a record, and the cure. Problems of one `kind` (by default: of one text) are told once."""

    text: str
    cure: str
    kind: str = ""

    @property
    def sentence(self) -> str:
        return f"{self.text}; {self.cure}"


@dataclass(frozen=True)
class Notice:
    """What was guessed or rounded while an input is read, which refuses nothing."""

    text: str
    kind: str = ""

    @property
    def sentence(self) -> str:
        return self.text


Record = tuple[Position, dict | Problem | Notice]  # what a reader finds at a place of an input


@dataclass
class Group:
    """Problems of one kind in one file: the first in full, of the others their number and some places."""

    first: str
    more: int = 0
    places: list[str] = field(default_factory=list)

    def in_words(self) -> str:
        if not self.more:
            return self.first
        rest = ", …" if self.more > len(self.places) else ""
        return f"{self.first} (and {self.more:,} more: {', '.join(self.places)}{rest})"


class Tally:
    """Problems or notices by file and kind, in order of first appearance.

    Of kinds beyond MAX_PROBLEMS only the number is kept: there may be a million files.
    """

    def __init__(self) -> None:
        self.groups: dict[tuple[str, str], Group] = {}
        self.left_out = 0

    def __bool__(self) -> bool:
        return bool(self.groups)

    @property
    def full(self) -> bool:
        """Whether there are as many kinds as are told at once."""
        return len(self.groups) >= MAX_PROBLEMS

    def add(self, name: str, position: Position, found: Problem | Notice) -> None:
        place = in_words(position)
        group = self.groups.get((name, found.kind or found.text))
        if group is None and self.full:
            self.left_out += 1
            return
        if group is None:
            where = f"{name} {place}" if place else name
            self.groups[name, found.kind or found.text] = Group(f"{where}: {found.sentence}")
            return
        group.more += 1
        if len(group.places) < MAX_PLACES:
            group.places.append(place)

    def sentences(self) -> list[str]:
        told = [group.in_words() for group in self.groups.values()]
        return [*told, f"and {self.left_out:,} more"] if self.left_out else told


def in_words(position: Position) -> str:
    return f"line {position}" if isinstance(position, int) else position


def shown(value: object) -> str:
    return "a very large number" if type(value) is int and abs(value) >= 10**60 else f"{value!r:.60}"
