"""Ten thousand broken files: each is taken, or refused in sentences with the right place. Never a traceback."""

import gzip
import json
import re
from pathlib import Path

import pytest
from tests.lambda_src.rollcall.intake.broken_files import Broken, broken_file

from rollcall.errors import InputRefused
from rollcall.intake.items import read_items
from rollcall.intake.manifests import encode
from rollcall.intake.sources import FileSource

A_TEST = 500
SENTENCE = re.compile(
    r"(?: (?P<place>(?:after |(?P<begins>from ))?line (?P<line>\d+)|item \d+ \(line (?P<item>\d+)\)|top level|length))?"
    r": \S.*; \S.*",
    re.S,
)
MORE = re.compile(r" \(and (?P<more>[\d,]+) more: ")


def read(broken: Broken, folder: Path) -> tuple[list[dict], list[str]]:
    """(the items of a file, what it is refused with)."""
    path = folder / f"b{broken.ending}"
    path.write_bytes(broken.content)
    items: list[dict] = []
    try:
        for item in read_items(FileSource(str(path))):
            items.append(item)
    except InputRefused as refused:
        return items, [problem.removeprefix(str(path)) for problem in refused.problems]
    return items, []


def faulty_lines(content: bytes) -> list[int]:
    """The lines of JSON Lines that are no items by the simplest reading, which shares nothing with the real one."""
    found, seen = [], set()
    for number, line in enumerate(content.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if line.strip(b" \t\r"):
            try:
                item = json.loads(line.decode().removeprefix("\ufeff"), object_pairs_hook=without_repeats)
                json.dumps(item, allow_nan=False, ensure_ascii=False).encode()
                item = {key.strip().casefold(): value for key, value in item.items()}
                names = item["id"] + item["data_type"]
                good = bool(item["data_type"]) and item["id"] not in seen and 0 < len(item["id"]) <= 256
                good = good and not re.search("[\0-\x1f\x7f-\x9f]", names)
                seen.add(item["id"])
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                good = False
            found += [] if good else [number]
    return found


def without_repeats(pairs: list[tuple]) -> dict:
    if len(dict(pairs)) < len(pairs):
        raise ValueError(pairs)
    return dict(pairs)


def check(seed: int, folder: Path) -> None:
    broken = broken_file(seed)
    items, problems = read(broken, folder)
    for item in items:
        assert json.loads(encode(item)) == item
    for problem in problems:
        assert SENTENCE.match(problem), problem
    assert len({item["id"] for item in items}) == len(items) or problems
    if broken.ending == broken.kind and is_read_as_it_is(broken.content):
        check_lines(broken, problems)


def check_lines(broken: Broken, problems: list[str]) -> None:
    """No line is named that stands before the first change, or after the end."""
    lines = broken.content.count(b"\n") + broken.content.count(b"\r") + 1
    places = [match for problem in problems if (match := SENTENCE.match(problem))]
    for number in (int(match["line"] or match["item"] or 0) for match in places):
        assert number <= lines, problems
    if broken.kind == ".jsonl":
        named = sum(1 + count_more(problem) for problem in problems)
        faulty = faulty_lines(broken.content)
        first = min((int(match["line"]) for match in places if match["line"]), default=None)
        assert (named, first) == (len(faulty), min(faulty, default=None)) or len(problems) == 20, problems
    elif (changed := first_change(broken)) is not None:
        opening = [match for match in places if match["line"] and not match["begins"] and "column '" not in match[0]]
        assert all(int(match["line"]) >= begin_of_row(broken, changed) for match in opening), (problems, changed)


def count_more(problem: str) -> int:
    found = MORE.search(problem)
    return int(found["more"].replace(",", "")) if found else 0


def is_read_as_it_is(content: bytes) -> bool:
    """Whether it is neither decompressed nor transcoded, so that its lines are those that are counted."""
    marks = (b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"PK", b"\xd0\xcf")
    return not content.startswith(marks)


def first_change(broken: Broken) -> int | None:
    """The first line that is not as it was written; None where none is."""
    before, after = (re.split(rb"(?<=\n)", text) for text in (broken.whole, broken.content))
    for number, (one, other) in enumerate(zip(before, after, strict=False), 1):
        if one != other:
            return number
    return min(len(before), len(after)) if len(before) != len(after) else None


def begin_of_row(broken: Broken, line: int) -> int:
    """The first line of the row that a line belongs to, for texts of two lines are written in some cells."""
    start = b"".join(broken.whole.splitlines(keepends=True)[: line - 1])
    return line if start.count(b'"') % 2 == 0 else line - 1


def test_broken_files_are_refused_in_sentences_with_the_right_place(tmp_path):
    for seed in range(A_TEST):
        check(seed, tmp_path)


@pytest.mark.full
@pytest.mark.parametrize("batch", range(1, 20))
def test_ten_thousand_broken_files_are_refused_in_sentences_with_the_right_place(tmp_path, batch):
    for seed in range(batch * A_TEST, (batch + 1) * A_TEST):
        check(seed, tmp_path)


def test_the_generator_breaks_files_in_many_ways(tmp_path):
    refused = taken = 0
    kinds: set[str] = set()
    for seed in range(A_TEST):
        items, problems = read(broken_file(seed), tmp_path)
        refused, taken = refused + bool(problems), taken + (not problems and bool(items))
        kinds |= {
            re.sub(r"0x\w+|[\d,]+|'[^']*'|\"[^\"]*\"|\(.*?\)", "", problem.split(": ", 1)[1]) for problem in problems
        }
    assert refused > A_TEST / 2 and taken > A_TEST / 20 and len(kinds) > 20


def test_the_same_seed_gives_the_same_file():
    assert broken_file(7).content == broken_file(7).content
    assert {broken_file(seed).ending for seed in range(200)} >= {".csv", ".jsonl", ".json", ".tsv", ".csv.gz"}


def test_the_simplest_reading_agrees_with_what_is_known_of_a_file():
    assert faulty_lines(b'{"id":"a","data_type":"x"}\n\n?\n{"id":"a","data_type":"x"}\n{"id":"b"}\n') == [3, 4, 5]


def test_a_broken_member_is_placed_after_the_lines_before_it(tmp_path):
    lines = b"".join(b'{"id":"i%d","data_type":"x"}\n' % n for n in range(100))
    broken = Broken(".jsonl.gz", ".jsonl", gzip.compress(lines) + gzip.compress(lines)[:20], lines)
    _, problems = read(broken, tmp_path)
    assert problems[0].startswith(" after line 100: not a whole gzip file (it ends after ")
