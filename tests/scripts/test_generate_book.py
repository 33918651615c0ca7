import csv
import json
import subprocess
import sys
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import generate_book
from derivatives.positions import read_option, read_share, read_shock

READERS = {
    "equity": read_share,
    "option.european": read_option,
    "option.american": read_option,
    "scenario": read_shock,
}


def types_of(items):
    return Counter(item["data_type"] for item in items)


def test_fifteen_hundred_items_are_the_night_of_the_example():
    assert types_of(generate_book.generate_book(1500)) == {
        "equity": 1000,
        "option.european": 400,
        "option.american": 80,
        "scenario": 20,
    }


@given(st.integers(0, 3000))
def test_counts_of_any_size_add_up_and_keep_the_proportions(items):
    counts = generate_book.count_types(items)
    assert Counter(generate_book.interleave(counts)) == Counter(counts)
    assert sum(counts.values()) == items
    for data_type, share in generate_book.PROPORTIONS.items():
        assert abs(counts[data_type] - items * share / 1500) < 1


def test_data_types_are_interleaved():
    first = types_of(islice(generate_book.generate_book(20_000), 150))
    assert first == {"equity": 100, "option.european": 40, "option.american": 8, "scenario": 2}


def test_every_item_has_an_id_of_its_own_and_sound_fields():
    book = list(generate_book.generate_book(3000))
    assert len({item["id"] for item in book}) == 3000
    for item in book:
        READERS[item["data_type"]](item)
        assert set(item) <= set(generate_book.COLUMNS)


@pytest.mark.parametrize("name", ["book.csv", "book.jsonl"])
def test_the_same_arguments_give_the_same_bytes(tmp_path, name):
    paths = [tmp_path / folder / name for folder in ("one", "two", "other")]
    for path, seed in zip(paths, [1, 1, 2], strict=True):
        path.parent.mkdir()
        generate_book.write_book(path, 300, seed)
    one, two, other = (path.read_bytes() for path in paths)
    assert one == two != other


def test_csv_and_json_lines_hold_the_same_book(tmp_path):
    generate_book.write_book(tmp_path / "book.csv", 300)
    generate_book.write_book(tmp_path / "book", 300, format="jsonl")
    with (tmp_path / "book.csv").open(newline="") as file:
        rows = [{name: cell for name, cell in row.items() if cell} for row in csv.DictReader(file)]
    items = [json.loads(line) for line in (tmp_path / "book").read_text().splitlines()]
    assert rows == [{name: str(field) for name, field in item.items()} for item in items]
    assert (tmp_path / "book.csv").read_text().startswith("id,data_type,underlying,")


def test_a_name_that_tells_no_format_is_refused_naming_the_cure(tmp_path):
    with pytest.raises(ValueError, match="let the name end in .csv or .jsonl, or give --format"):
        generate_book.write_book(tmp_path / "book.xlsx", 1)


def test_it_runs_as_a_command(tmp_path):
    out = tmp_path / "book.csv"
    subprocess.run([sys.executable, generate_book.__file__, "--items", "75", "--out", str(out)], check=True)
    assert len(Path(out).read_text().splitlines()) == 76
