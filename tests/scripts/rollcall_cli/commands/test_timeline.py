"""A timeline tells what happened in its order."""

from rollcall_cli.commands import timeline

ROW = {
    "timeline": [
        {"at": "2026-01-01T00:00:00.000+00:00", "what": "submitted", "by": "anna"},
        {"at": "2026-01-01T00:00:09.000+00:00", "what": "swept", "run": 1, "chunks": {"equity": [[1, 3], [7, 7]]}},
    ]
}
RECEIPT = {"run": 1, "timings": {"first_settlement": "2026-01-01T00:00:03.000+00:00"}}


def test_the_first_settlement_comes_from_the_receipt_of_its_run():
    assert [moment["what"] for moment in timeline.entries(ROW, [RECEIPT])] == ["submitted", "first settlement", "swept"]
    assert [moment["what"] for moment in timeline.entries(ROW, [])] == ["submitted", "swept"]


def test_what_else_is_known_of_a_moment_is_its_detail():
    submitted, swept = ROW["timeline"]
    assert timeline.detail(submitted) == ""
    assert timeline.detail(swept) == "run 1, chunks equity: 1-3 7"
