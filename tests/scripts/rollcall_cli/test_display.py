"""Progress in words."""

from rollcall_cli.display import bar, progress_line


def test_progress_reads_as_one_line_where_there_is_no_terminal():
    job = {"job_id": "j", "state": "RUNNING", "data_types": [{"data_type": "equity", "settled": 1000, "items": 2500}]}
    assert progress_line(job) == "j RUNNING: equity 1,000/2,500"
    assert bar(0.5).plain.endswith(" 50%")
