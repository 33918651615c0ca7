"""An item may be large; one that is too large is refused, and what follows it is read."""

import pytest

from rollcall.intake.limits import MAX_ITEM_BYTES


def record_of(size: int, quote: bool = True) -> bytes:
    start, end = b'{"id":"a","data_type":"x","t":"', b'"}'
    return start + b"t" * (size - len(start) - len(end)) + end


@pytest.mark.parametrize(
    ("before", "after", "name"), [(b"", b"\n", "b.jsonl"), (b"", b"", "b.jsonl"), (b"[", b"]", "b.json")]
)
def test_an_item_of_ten_megabytes_is_taken_and_a_larger_one_refused(read, refused, before, after, name):
    assert len(read(name, before + record_of(MAX_ITEM_BYTES) + after)) == 1
    (problem,) = refused(name, before + record_of(MAX_ITEM_BYTES + 1) + after)
    assert "line 1: an item of more than 10 MB; put what is large into S3, and its address into the item" in problem


def test_lines_after_one_that_is_too_large_are_read(refused):
    found = refused("b.jsonl", record_of(3 * MAX_ITEM_BYTES) + b"\nnonsense\n")
    assert "line 1: an item of more" in found[0] and "line 2: not valid JSON" in found[1]


def test_a_row_of_more_than_ten_megabytes_is_refused_and_the_next_is_read(refused):
    row = b"a,x," + b"t" * 6_000_000 + b"," + b"u" * 6_000_000 + b"\n"
    found = refused("b.csv", b"id,data_type,t,u\n" + row + b"b,x\n")
    assert "line 2: an item of more than 10 MB" in found[0] and "line 3: 2 cells" in found[1]
    row = b'a,x,"' + b"t\n" * 6_000_000 + b'"\n'
    assert "line 2: a cell of more than 10 MB begins here" in refused("b.csv", b"id,data_type,t\n" + row)[-1]
