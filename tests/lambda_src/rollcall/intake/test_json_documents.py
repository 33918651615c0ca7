"""JSON documents: what is wrong is told with line and column."""

import json

import pytest

from rollcall.intake import files


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ("", "top level: neither an array of items nor"),
        ("5", "top level: neither an array"),
        (
            '[\n{"id": "a", "data_type": "x"},\n{"id" "b"}]',
            "line 3: not valid JSON (Expecting ':' delimiter at column 7)",
        ),
        ('[{"id": "a", "data_type": "x"}', "line 1: not valid JSON (Expecting ',' or ']' at column 31)"),
        ('[{"id": "a", "data_type": "x"}]\n[]', "line 2: not valid JSON (Extra data at column 1)"),
        ('{"id": "a"}\n{"id": "b"}', "say --format jsonl"),
        ('{"requests": [], "requests": []}', "line 1: key 'requests' stands twice in one object"),
        ('{"requests": [], requests: []}', "line 1: not valid JSON (Expecting a name in quotes at column 18)"),
        ('{"requests": {}}', 'nor an object with "requests": [items]'),
        ('{"requests": [], "length": 1e400}', "line 1: the number 1e400 is beyond"),
        ("[,]", "line 1: not valid JSON (Expecting value at column 2)"),
        ('[{"id": "a", "data_type": "x"},]', "line 1: not valid JSON (Expecting value at column 32)"),
    ],
)
def test_what_is_wrong_with_a_document_is_told_with_line_and_column(refused, document, words):
    assert any(words in problem for problem in refused("b.json", document.encode()))


def test_a_document_is_read_right_wherever_its_blocks_end(read, monkeypatch):
    text = json.dumps([{"id": str(n), "data_type": "x", "v": n * 1.5, "t": 'é\\"😀'} for n in range(200)], indent=1)
    for size in (1, 2, 3, 7, 64, 1000):
        monkeypatch.setattr("rollcall.intake.json_documents.BLOCK_BYTES", size)
        monkeypatch.setattr(files, "BLOCK_BYTES", size)
        assert read("b.json", text.encode()) == json.loads(text)
