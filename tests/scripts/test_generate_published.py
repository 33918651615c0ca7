"""The published data sets, byte for byte, and that each shape gives the same items."""

import json
import subprocess
import sys

import pytest

import generate_published
from generate_published import SHAPES, SIZES, data_set
from rollcall.intake.file_source import FileSource
from rollcall.intake.items import read_items
from rollcall.intake.problems import Tally
from rollcall.intake.reading import Reading
from rollcall.intake.sources import InlineSource

BY_TYPE = Reading(data_type="published")


@pytest.mark.parametrize(
    ("shape", "size", "text"),
    [
        ("flat", 1, '{"requestId":"123456","requests":[{"caseId":"0"}],"length":"1"}'),
        (
            "flat",
            5,
            '{"requestId":"123456","requests":[{"caseId":"0"},{"caseId":"1"},{"caseId":"2"},{"caseId":"3"},'
            '{"caseId":"4"}],"length":"5"}',
        ),
        ("slots_of_40", 1, '{"requestId":"123456","requestSlots":[{"requests":[{"caseId":"0"}]}]}'),
        (
            "three_slots",
            1,
            '{"requestId":"123456","requestSlots":[{"requests":[{"caseId":"0"}]},{"requests":[]},{"requests":[]}]}',
        ),
    ],
)
def test_a_data_set_is_as_it_is_published(shape, size, text):
    assert data_set(shape, size) == text


@pytest.mark.parametrize(
    ("shape", "lengths", "first"),
    [
        ("slots_of_40", [40, 40, 20], [0, 1, 2, 3, 4, 5, 6, 7]),
        ("three_slots", [34, 33, 33], [0, 1, 2, 9, 10, 11, 18, 19]),
    ],
)
def test_cases_are_dealt_to_slots_as_they_are_published(shape, lengths, first):
    slots = json.loads(data_set(shape, 100))["requestSlots"]
    cases = [[int(case["caseId"]) for case in slot["requests"]] for slot in slots]
    assert [len(each) for each in cases] == lengths
    assert cases[0][:8] == first
    assert sorted(sum(cases, [])) == list(range(100))


@pytest.mark.parametrize("shape", SHAPES)
def test_every_data_set_is_read_as_it_is_and_gives_the_same_items(tmp_path, shape):
    subprocess.run([sys.executable, generate_published.__file__, "--out", str(tmp_path)], check=True)
    assert len(list(tmp_path.rglob("*.json"))) == 30
    for size in SIZES:
        path, told = tmp_path / shape / f"dataset_{size}.json", Tally()
        expected = [{"id": str(number), "data_type": "published"} for number in range(size)]
        for source in (FileSource(str(path), None, BY_TYPE), InlineSource(json.loads(path.read_text()), BY_TYPE)):
            assert sorted(read_items(source, told), key=lambda item: int(item["id"])) == expected
        assert told.sentences() == []
