import zipfile

import pytest

from rollcall_facts import newest
from rollcall_facts.errors import NoNewest


def test_without_an_index_one_sentence_says_so_and_what_else_can_be_done(tmp_path, monkeypatch):
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert "see the network, and try again" in newest.words(tmp_path, "no answer")
    (tmp_path / "botocore-1.44.8-py3-none-any.whl").touch()
    with pytest.raises(
        NoNewest, match="cannot be had from the package index .* make facts WHEEL=.*botocore-1.44.8-py3-none-any.whl"
    ):
        newest.fetch(tmp_path)


def test_the_newest_takes_the_place_of_the_one_before(tmp_path, monkeypatch):
    index, folder = tmp_path / "index", tmp_path / "facts"
    for made in (index, folder):
        made.mkdir()
    (folder / "botocore-1.44.7-py3-none-any.whl").touch()
    write_empty_wheel(index)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(index))
    assert newest.fetch(folder) == folder / "botocore-1.44.9-py3-none-any.whl"
    assert [each.name for each in folder.iterdir()] == ["botocore-1.44.9-py3-none-any.whl"]


def write_empty_wheel(folder) -> None:
    with zipfile.ZipFile(folder / "botocore-1.44.9-py3-none-any.whl", "w") as wheel:
        about = "botocore-1.44.9.dist-info"
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: botocore\nVersion: 1.44.9\n")
        wheel.writestr(
            f"{about}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{about}/RECORD", "")
