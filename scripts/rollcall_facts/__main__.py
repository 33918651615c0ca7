"""python -m rollcall_facts [--wheel FILE]

Exits with 0 when every limit in the code holds, and with 1 when one does not or could not be compared.
"""

import argparse
import sys
from pathlib import Path

from rollcall_facts import newest
from rollcall_facts.comparing import Finding, compare
from rollcall_facts.errors import FactError
from rollcall_facts.limits import limits
from rollcall_facts.models import Models

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build" / "facts"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="make facts", description=__doc__)
    parser.add_argument("--wheel", type=Path, help="A botocore to compare with, in place of the newest.")
    parser.add_argument("--root", type=Path, default=ROOT, help="The checkout to look at.")
    given = parser.parse_args(arguments)
    try:
        models = Models.of_wheel(given.wheel or newest.fetch(FOLDER))
        found = compare(given.root, limits(), models)
    except FactError as error:
        print(error, file=sys.stderr)
        return 1
    for line in as_lines(found):
        print(line)
    wrong = [each for each in found if each.wrong]
    print(f"{len(found)} places compared with botocore {models.version}: {len(wrong) or 'none'} wrong or stale")
    for each in wrong:
        print(f"{each.place} ({each.what}): {each.wrong}", file=sys.stderr)
    return 1 if wrong else 0


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
