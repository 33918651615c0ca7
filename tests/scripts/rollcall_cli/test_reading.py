"""Releases and progress are counted from what is recorded."""

from rollcall.jobs import Part, Plan
from rollcall_cli.display import bar, progress_line
from rollcall_cli.reading import PartProgress, releases, settled_chunks


def entered(state: str) -> dict:
    return {"type": "TaskStateEntered", "stateEnteredEventDetails": {"name": state}}


SCHEDULED = {"type": "TaskScheduled"}


def test_a_release_is_a_start_of_the_next_step_and_of_nothing_else():
    history = [entered("Partition"), SCHEDULED, entered("NextStep"), SCHEDULED, entered("Finish"), SCHEDULED]
    assert releases(history) == 1


def test_a_next_step_started_twice_counts_twice():
    assert releases([entered("NextStep"), SCHEDULED, {"type": "TaskFailed"}, SCHEDULED]) == 2


def test_a_job_that_never_came_to_its_next_step_has_no_release():
    assert releases([entered("Partition"), SCHEDULED, entered("Finish"), SCHEDULED]) == 0


def part(chunks: int, items: int, first_shard: int = 0) -> Part:
    return Part("equity", "lambda", "q", 4, "m", items, chunks, 0, first_shard)


def test_progress_adds_full_shards_to_the_members_of_the_others():
    it = part(chunks=1200, items=11_995)
    plan = Plan("job", 1, "", [it])
    assert settled_chunks(plan, it, full={0}, partly={"job/1/000001": set(range(500, 530))}) == 530


def test_settled_items_are_all_items_once_all_chunks_have_settled():
    assert PartProgress(part(chunks=3, items=25), 3).settled == 25
    assert PartProgress(part(chunks=3, items=25), 1).settled == 8


def test_progress_reads_as_one_line_where_there_is_no_terminal():
    job = {"job_id": "j", "state": "RUNNING", "data_types": [{"data_type": "equity", "settled": 1000, "items": 2500}]}
    assert progress_line(job) == "j RUNNING: equity 1,000/2,500"
    assert bar(0.5).endswith(" 50%")
