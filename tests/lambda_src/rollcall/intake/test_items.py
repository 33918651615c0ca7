"""Reading items: every accepted shape, and what bad input gets."""

import gzip
import json

import boto3
import pytest
from botocore.stub import Stubber

from rollcall.errors import InputRefused
from rollcall.intake.items import ID_CURE, read_items
from rollcall.intake.problems import Tally
from rollcall.intake.sources import FileSource, InlineSource, SeveralFiles

TWO = [{"id": "a", "data_type": "equity", "spot": 1.5}, {"id": "b", "data_type": "equity", "spot": 2}]


def written(path, text: str) -> FileSource:
    path.write_text(text, encoding="utf-8")
    return FileSource(str(path))


def problems(source) -> list[str]:
    with pytest.raises(InputRefused) as refused:
        list(read_items(source))
    return refused.value.problems


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("book.jsonl", "\n".join(map(json.dumps, TWO))),
        ("book.ndjson", "\n\n".join(map(json.dumps, TWO)) + "\n"),
        ("book.csv", "id,data_type,spot\na,equity,1.5\nb,equity,2\n"),
        ("book.csv", "\ufeffdata_type,spot,id,note\r\nequity,1.5,a,\r\nequity,2,b,\r\n"),
        ("book.json", json.dumps(TWO)),
        ("book.json", json.dumps({"requestId": "r", "requests": TWO, "length": 2})),
        (
            "book.json",
            json.dumps(
                {"length": 2, "requests": [{"caseId": i["id"], "dataType": "equity", "spot": i["spot"]} for i in TWO]}
            ),
        ),
    ],
)
def test_the_same_items_come_from_every_accepted_shape(tmp_path, name, text):
    assert list(read_items(written(tmp_path / name, text))) == TWO


def test_a_compressed_file_is_read_as_it_is(tmp_path):
    (tmp_path / "book.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, TWO)).encode()))
    assert list(read_items(FileSource(str(tmp_path / "book.jsonl.gz")))) == TWO


@pytest.mark.parametrize("content", [TWO, {"requests": TWO, "length": 2}])
def test_items_may_come_inline(content):
    assert list(read_items(InlineSource(json.loads(json.dumps(content))))) == TWO


@pytest.mark.parametrize(
    ("name", "text"), [("e.jsonl", ""), ("e.csv", ""), ("e.csv", "id,data_type\n"), ("e.json", "[]")]
)
def test_an_empty_input_has_no_items(tmp_path, name, text):
    assert list(read_items(written(tmp_path / name, text))) == []


def test_a_malformed_line_is_named_with_file_line_and_cure(tmp_path):
    source = written(
        tmp_path / "b.jsonl", '{"id":"a","data_type":"x"}\n{"id":\n[1]\n{"id":"n","data_type":"x","v":NaN}\n'
    )
    found = problems(source)
    assert [p.split(": ")[0] for p in found] == [f"{source.uri} line {n}" for n in (2, 3, 4)]
    assert "not valid JSON" in found[0] and "one JSON object on a line of its own" in found[0]
    assert "a list where an item belongs" in found[1]
    assert "NaN is not JSON" in found[2]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"data_type":"x"}', 'no usable "id" (got None); give every item an id of its own'),
        ('{"id":"","data_type":"x"}', 'no usable "id"'),
        ('{"id":true,"data_type":"x"}', 'no usable "id" (got True)'),
        ('{"id":"a"}', "item 'a' has no usable \"data_type\" (got None); name the data type that routes it"),
        ('{"id":"a","data_type":7}', "(got 7)"),
    ],
)
def test_a_missing_id_or_data_type_is_named(tmp_path, text, words):
    (problem,) = problems(written(tmp_path / "b.jsonl", text))
    assert "b.jsonl line 1: " in problem
    assert words in problem


def test_duplicate_ids_are_named_with_both_places(tmp_path):
    lines = [{"id": str(n % 4), "data_type": "x"} for n in range(5)]
    source = written(tmp_path / "b.jsonl", "\n".join(map(json.dumps, lines)))
    assert problems(source) == [f"{source.uri} line 5: id '0' stands already at line 1; {ID_CURE}"]


def test_an_id_written_as_number_and_as_text_is_the_same_id(tmp_path):
    assert len(problems(written(tmp_path / "b.jsonl", '{"id":1,"data_type":"x"}\n{"id":"1","data_type":"x"}'))) == 1


def test_one_problem_in_many_lines_is_told_once_with_a_count(tmp_path):
    (problem,) = problems(written(tmp_path / "b.jsonl", "nonsense\n" * 1000))
    assert problem.endswith("line of its own (and 999 more: line 2, line 3, line 4, …)")
    (problem,) = problems(written(tmp_path / "c.jsonl", '{"id":"a","data_type":"x"}\n' * 3))
    assert problem.endswith("characters (and 1 more: line 3)")


def test_at_most_twenty_kinds_of_problems_are_shown_at_once(tmp_path):
    files = [written(tmp_path / f"{n}.jsonl", "nonsense\n{}\n") for n in range(30)]
    assert len(problems(SeveralFiles(files))) == 20


def test_a_csv_row_of_another_width_is_named(tmp_path):
    (problem,) = problems(written(tmp_path / "b.csv", 'id,data_type,n\na,x,"1\n2"\nb,x,1,2\nc\n'))
    assert "b.csv line 4: 4 cells where the header has 3; quote cells that hold commas (and 1 more: line 5)" in problem


def test_a_csv_column_named_twice_is_refused(tmp_path):
    (problem,) = problems(written(tmp_path / "b.csv", "id,data_type,id\na,x,b\n"))
    assert "line 1: column 'id' stands twice in the header" in problem


def test_a_file_that_is_not_text_is_refused(tmp_path):
    (tmp_path / "b.csv").write_bytes(b"id,data_type\n\xff\xfe,x\n")
    assert "line 2: byte 0xFF, byte 1 of the line, is not UTF-8" in problems(FileSource(str(tmp_path / "b.csv")))[0]
    (tmp_path / "b.jsonl").write_bytes(b'{"id":"\xff","data_type":"x"}\n')
    assert "line 1: byte 0xFF, byte 8 of the line, is not UTF-8" in problems(FileSource(str(tmp_path / "b.jsonl")))[0]


def test_an_ending_that_tells_no_format_is_refused(tmp_path):
    (problem,) = problems(written(tmp_path / "book.txt", "x"))
    assert "book.txt: cannot tell the format from the name; let it end in .jsonl, .ndjson, .csv, .json" in problem


@pytest.mark.parametrize(
    ("length", "told"),
    [
        (2, []),
        ("2", []),
        (None, []),
        (3, ["length: 3 is said, and 2 were read; what was read counts"]),
        ("many", ["length: 'many' is said, and 2 were read; what was read counts"]),
        ({"of": [2]}, ["length: {'of': [2]} is said, and 2 were read; what was read counts"]),
    ],
)
def test_what_was_read_counts_and_a_length_that_says_otherwise_is_told(tmp_path, length, told):
    request = {"requestId": "r", "requests": TWO, "length": length}
    text = json.dumps(request)
    for source in (written(tmp_path / "b.json", text), InlineSource(json.loads(text))):
        notices = Tally()
        assert list(read_items(source, notices)) == TWO
        assert notices.sentences() == [f"{source.name} {sentence}" for sentence in told]


def test_a_slot_that_holds_no_requests_is_named_with_its_place(tmp_path):
    text = json.dumps({"requestSlots": [{"requests": TWO}, [], {"requestSlots": []}, {"requests": [7]}]})
    for source in (written(tmp_path / "b.json", text), InlineSource(json.loads(text))):
        slot, item = problems(source)
        assert f"{source.name} slot 2" in slot and 'a slot without "requests": [items]' in slot and "slot 3" in slot
        assert f"{source.name} slot 4 item 1" in item


def test_json_that_is_neither_array_nor_request_is_refused(tmp_path):
    assert (
        'neither an array of items nor an object with "requests"'
        in problems(written(tmp_path / "b.json", '{"a": 1}'))[0]
    )
    assert 'neither an array of items nor an object with "requests"' in problems(InlineSource({"a": 1}))[0]
    assert "not valid JSON" in problems(written(tmp_path / "c.json", '[{"id": "a", "data_type": "x"}, {'))[-1]


def test_items_of_a_json_array_that_are_no_objects_are_named(tmp_path):
    found = problems(written(tmp_path / "b.json", '[{"id":"a","data_type":"x","deep":{"list":[1,[2]]}}, 5, [1]]'))
    assert [p.split(": ")[1].split(";")[0] for p in found] == [
        "a int where an item belongs",
        "a list where an item belongs",
    ]
    assert "b.json item 2" in found[0] and "b.json item 3" in found[1]


@pytest.mark.parametrize(
    ("message", "cure"),
    [
        ("Access Denied", "name an object that exists, in this environment's bucket or one of its input_buckets"),
        (
            "User: arn:aws:sts::123456789012:assumed-role/x is not authorized to perform: kms:Decrypt on resource: "
            "arn:aws:kms:eu-west-1:123456789012:key/k because no identity-based policy allows the kms:Decrypt action",
            "it is encrypted with a KMS key: name that key in input_keys of this environment's tfvars, and apply",
        ),
    ],
)
def test_an_object_that_may_not_be_read_is_refused_with_the_setting_that_lacks_it(message, cure):
    s3 = boto3.client("s3")
    with Stubber(s3) as stub:
        stub.add_client_error("get_object", service_error_code="AccessDenied", service_message=message)
        assert problems(FileSource("s3://books/b.jsonl", s3)) == [
            f"s3://books/b.jsonl: cannot be read (AccessDenied); {cure}"
        ]
