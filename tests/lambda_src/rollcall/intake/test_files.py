"""Files on this machine, one or several."""

import pytest
from tests.lambda_src.rollcall.intake.conftest import LINES

from rollcall.errors import InputRefused
from rollcall.intake.items import read_items
from rollcall.intake.sources import FileSource, SeveralFiles


def test_a_path_with_a_colon_is_a_path(read):
    assert len(read("a:b.jsonl", LINES[0].encode())) == 1
    assert len(read("s3:x.jsonl", LINES[0].encode())) == 1


@pytest.mark.parametrize("name", ["nothing.jsonl", "folder.jsonl", "x" * 300 + ".jsonl", "a\0b.jsonl"])
def test_what_cannot_be_opened_is_refused_by_name(tmp_path, name):
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(InputRefused, match="cannot be read .*; name another file, or see to this one"):
        list(read_items(FileSource(str(tmp_path / name))))


def test_several_files_are_one_input_and_an_id_stands_in_one_of_them(tmp_path):
    for name, content in (
        ("a.csv", "id,data_type\na,x\nb,x\n"),
        ("b.jsonl", '{"id":"c","data_type":"x"}\n{"id":"a","data_type":"x"}\n'),
    ):
        (tmp_path / name).write_text(content)
    several = SeveralFiles([FileSource(str(tmp_path / name)) for name in ("a.csv", "b.jsonl")])
    with pytest.raises(InputRefused) as refused:
        list(read_items(several))
    (problem,) = refused.value.problems
    assert problem.startswith(f"{tmp_path}/b.jsonl line 2: id 'a' stands already at {tmp_path}/a.csv line 2")
