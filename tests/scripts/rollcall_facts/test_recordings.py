import os

from rollcall_facts import recordings


def test_a_recording_older_than_the_code_whose_calls_it_has_is_deleted(tmp_path):
    for caller in recordings.CALLERS:
        (tmp_path / caller).mkdir(parents=True)
        (tmp_path / caller / "code.py").touch()
    folder = tmp_path / "calls"
    folder.mkdir()
    for name, age in (("old", -100), ("new", 100)):
        (folder / f"{name}.jsonl").touch()
        changed = (tmp_path / recordings.CALLERS[0] / "code.py").stat().st_mtime
        os.utime(folder / f"{name}.jsonl", (changed + age, changed + age))
    assert recordings.usable(folder, tmp_path) == [folder / "new.jsonl"]
    assert [each.name for each in folder.iterdir()] == ["new.jsonl"]


def test_without_any_recording_there_is_none_to_use(tmp_path):
    assert recordings.usable(tmp_path / "calls") == []
