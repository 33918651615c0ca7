import pytest

from rollcall_facts import places
from rollcall_facts.errors import Unreadable


def read(root, text: str, place: str) -> dict:
    file = root / place.partition("#")[0]
    file.write_text(text)
    return places.read(root, place)


def test_a_python_constant_may_be_worked_out_of_numbers_and_be_one_of_several(tmp_path):
    assert read(tmp_path, "SIZE = 4 * 1024**2\n", "a.py#SIZE") == {"a.py#SIZE": 4_194_304}
    assert read(tmp_path, "A, B = 1, 15\n", "a.py#B * 60") == {"a.py#B": 900}
    assert read(tmp_path, 'import re\nID = re.compile(r"[a-z]{1,72}")\n', "a.py#ID") == {"a.py#ID": 72}


def test_terraform_is_read_through_blocks_ranges_and_locals_of_other_files(tmp_path):
    (tmp_path / "b.tf").write_text("locals {\n  functions = { track = { seconds = 30 } }\n}\n")
    text = (
        'resource "aws_sqs_queue" "one" {\n  hidden = 6 * local.functions.track.seconds\n}\n'
        'resource "aws_sqs_queue" "two" {\n  hidden = 7\n  retry {\n    age = 5\n  }\n}\n'
        'locals {\n  sizes = { "256" = range(2, 5, 1) }\n}\n'
    )
    assert read(tmp_path, text, "a.tf#resource.aws_sqs_queue.*.hidden") == {
        "a.tf#resource.aws_sqs_queue.one.hidden": 180,
        "a.tf#resource.aws_sqs_queue.two.hidden": 7,
    }
    assert list(read(tmp_path, text, "a.tf#resource.aws_sqs_queue.two.retry.age").values()) == [5]
    assert list(read(tmp_path, text, "a.tf#locals.sizes").values()) == [{"256": [2, 3, 4]}]


def test_yaml_is_read_by_names(tmp_path):
    assert read(tmp_path, "a: {b: {value: 3}}\n", "a.yaml#a.b.value") == {"a.yaml#a.b.value": 3}


@pytest.mark.parametrize(
    ("file", "text", "path"),
    [
        ("a.py", "A = 1\n", "B"),
        ("a.py", "A = other\n", "A"),
        ("a.py", 'A = re.compile("[a-z]*")\n', "A"),
        ("a.tf", "locals {\n  a = local.gone\n}\n", "locals.a"),
        ("a.tf", "locals {\n  a = var.b\n}\n", "locals.a"),
        ("a.tf", "locals {\n  a = 1\n}\n", "locals.b"),
        ("a.yaml", "a: 1\n", "b"),
    ],
)
def test_what_cannot_be_read_is_never_taken_for_a_value(tmp_path, file, text, path):
    with pytest.raises(Unreadable):
        read(tmp_path, text, f"{file}#{path}")
