import shutil
from dataclasses import replace

import pytest
from tests.scripts.rollcall_facts.conftest import make_wheel

from rollcall_client.environment import ROOT
from rollcall_facts import comparing, places
from rollcall_facts.__main__ import main
from rollcall_facts.limits import Limit, limits
from rollcall_facts.models import Models

TIMEOUT = {
    "shapes": {
        "Request": {"members": {"Timeout": {"shape": "Timeout", "documentation": "<p>At most <b>1,800</b> s.</p>"}}},
        "Timeout": {"type": "integer", "min": 1, "max": 5400},
    }
}  # fmt: skip

NO_CALLS = ("--calls", "/dev/null")


@pytest.fixture
def checkout(tmp_path):
    """A copy of every file that limits.yaml names, with the Terraform beside each."""
    root = tmp_path / "checkout"
    for place in {place for limit in limits() for group in groups(limit) for place in group}:
        file = place.partition("#")[0]
        for each in (ROOT / file).parent.glob("*.tf") if file.endswith(".tf") else [ROOT / file]:
            target = root / each.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(each, target)
    return root


def groups(limit: Limit) -> tuple[list[str], ...]:
    return limit.equal, limit.least, limit.within, limit.data


def change(root, file: str, old: str, new: str) -> None:
    text = (root / file).read_text()
    assert old in text
    (root / file).write_text(text.replace(old, new, 1))


def test_every_limit_in_the_code_holds(november, checkout, capsys):
    assert main([*NO_CALLS, "--wheel", str(november), "--root", str(checkout)]) == 0
    said = capsys.readouterr().out
    assert "timeout of a function (1,800 s against the provider's 900 s)" in said
    assert "compared with botocore 1.44.8: none wrong or stale" in said


@pytest.mark.parametrize(
    ("file", "old", "new", "cure"),
    [
        ("lambda_src/rollcall/dispatch/queues.py", "BATCH = 10", "BATCH = 11", "11, but AWS allows 1 to 10"),
        ("lambda_src/rollcall/records/jobs.py", "{1,72}", "{1,81}", "81, but AWS allows 1 to 80"),
        ("modules/route_schema/allowed.tf", "lambda_timeout_minutes = 15", "lambda_timeout_minutes = 30",
         "1,800 s, but AWS allows 900 s"),
        ("modules/route_schema/allowed.tf", "range(1024, 4097, 1024)", "range(1024, 5121, 1024)", "AWS allows only"),
        ("modules/worker/queue.tf", "14 * 24 * 3600", "15 * 24 * 3600",
         "1,296,000 s, but AWS allows 60 to 1,209,600 s"),
        ("modules/control_plane/functions.tf", "timeout_seconds = 30", "timeout_seconds = 901",
         "901 s, but AWS allows"),
        ("terraform/variables.tf", "contains([1, 3,", "contains([1, 2, 3,", "AWS allows only 1, 3, 5,"),
        ("scripts/rollcall_planner/data/quotas.yaml", "      value: 1800\n", "      value: 900\n",
         "900 s, but AWS allows 1,800 s"),
    ],
)  # fmt: skip
def test_a_limit_changed_to_a_wrong_one_is_found_and_told_with_its_cure(
    november, checkout, capsys, file, old, new, cure
):
    change(checkout, file, old, new)
    assert main([*NO_CALLS, "--wheel", str(november), "--root", str(checkout)]) == 1
    told = capsys.readouterr().err
    assert file in told and cure in told
    assert "correct the code" in told or "write the new value" in told


def test_no_place_that_takes_a_limit_may_differ_from_it_by_one(november, monkeypatch):
    read = places.read

    def one_off(root, place):
        return {where: more(value) for where, value in read(root, place).items()}

    def more(value):
        return [*value, 9999] if isinstance(value, list) else value + 1

    taken = tuple(replace(limit, within=[]) for limit in limits())
    monkeypatch.setattr(places, "read", one_off)
    found = comparing.compare(ROOT, taken, Models.of_wheel(november))
    assert found and [each.place for each in found if not each.wrong] == []


def test_a_model_that_moved_on_makes_the_data_stale_and_the_code_not_where_the_provider_lags(tmp_path):
    (tmp_path / "code.py").write_text("MOST = 900\n")
    (tmp_path / "data.yaml").write_text("most: 900\n")
    limit = Limit("lambda", "timeout", "Request.Timeout", "s", r"At most (?P<most>[\d,]+) s", provider=900,
                  equal=["code.py#MOST"], data=["data.yaml#most"])  # fmt: skip
    code, data = comparing.compare(tmp_path, (limit,), Models.of_wheel(make_wheel(tmp_path, {"lambda": TIMEOUT})))
    assert (code.wrong, code.note) == ("", "1,800 s against the provider's 900 s")
    assert data.wrong.startswith("900 s, but AWS allows 1,800 s (lambda Request.Timeout, botocore 1.44.8")


def test_what_is_no_longer_where_it_was_is_told_beside_all_else(tmp_path):
    (tmp_path / "code.py").write_text("MOST = 5400\n")
    lines = (
        Limit("lambda", "gone from the code", "Timeout", equal=["code.py#LEAST"]),
        Limit("lambda", "gone from the disk", "Timeout", equal=["other.py#MOST"]),
        Limit("lambda", "gone from the model", "Request.Memory", equal=["code.py#MOST"]),
        Limit("lambda", "said otherwise", "Request.Timeout", says=r"(?P<most>\d+) minutes", equal=["code.py#MOST"]),
        Limit("sns", "another service", "Any", equal=["code.py#MOST"]),
        Limit("lambda", "as it was", "Timeout", equal=["code.py#MOST"]),
    )
    found = comparing.compare(tmp_path, lines, Models.of_wheel(make_wheel(tmp_path, {"lambda": TIMEOUT})))
    assert [bool(each.wrong) for each in found] == [True] * 5 + [False]
    assert "there is no LEAST in it" in found[0].wrong
    assert "no longer says" in found[3].wrong
    assert all("limits.yaml" in each.wrong for each in found[:5])


def test_a_file_that_is_no_wheel_is_told_in_one_sentence(tmp_path, capsys):
    (tmp_path / "botocore-1.whl").write_text("no zip")
    assert main([*NO_CALLS, "--wheel", str(tmp_path / "botocore-1.whl")]) == 1
    assert main([*NO_CALLS, "--wheel", str(tmp_path / "nothing.whl")]) == 1
    assert capsys.readouterr().err.count("no wheel of botocore; leave WHEEL out") == 2
