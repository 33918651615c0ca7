"""python -m rollcall_facts [--wheel FILE] [--calls FILE]

Exits with 0 when every limit in the code and every recorded call holds against the newest service models, and with 1
when one does not or could not be compared.
"""

import argparse
import sys
from pathlib import Path

from rollcall_facts import calls, newest, recordings
from rollcall_facts.comparing import Finding, compare
from rollcall_facts.errors import FactError
from rollcall_facts.limits import limits
from rollcall_facts.models import Models

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "facts"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make facts", description=__doc__)
    parser.add_argument("--wheel", type=Path, help="A botocore to compare with, in place of the newest.")
    parser.add_argument("--calls", type=Path, help="A recording of calls, in place of those in build/facts/calls.")
    parser.add_argument("--root", type=Path, default=ROOT, help="The checkout to look at.")
    given = parser.parse_args(arguments)
    try:
        models = Models.of_wheel(given.wheel or newest.fetch(FOLDER))
        found = compare(given.root, limits(), models)
        files = [given.calls] if given.calls else recordings.usable() or [recordings.make(say)]
        recorded = [call for file in files for call in calls.read(file)]
        refused = calls.mistakes(recorded, models)
    except FactError as error:
        print(error, file=sys.stderr)
        return 1
    wrong = [f"{each.place} ({each.what}): {each.wrong}" for each in found if each.wrong]
    for line in as_lines(found):
        print(line)
    print(f"{len(found)} places compared with botocore {models.version}: {count(wrong)} wrong or stale")
    print(f"{len(recorded)} kinds of calls of {len(calls.operations(recorded))} operations: {count(refused)} refused")
    for words in [*wrong, *refused]:
        print(words, file=sys.stderr)
    return 1 if wrong or refused else 0


def count(sentences: list[str]) -> str:
    return f"{len(sentences)}" if sentences else "none"


def say(sentence: str) -> None:
    print(sentence, flush=True)


def as_lines(found: list[Finding]) -> list[str]:
    """A line a place, under what it is about."""
    lines, what = [], ""
    for each in found:
        if each.what != what:
            lines.append(f"{each.what}{f' ({each.note})' if each.note else ''}")
            what = each.what
        lines.append(f"  {'WRONG' if each.wrong else 'holds':5}  {each.value:>16}  {each.place}")
    return lines


if __name__ == "__main__":
    sys.exit(main())
