"""Who holds a lock, in words and as a table."""

from rich.table import Table

from rollcall_cli import display
from rollcall_client.timing import clock


def in_words(name: str, lock: dict) -> str:
    """`lock` as rollcall.records.locks reads it."""
    if lock["holder"] is None:
        return f"lock {name!r} is free" if lock["history"] else f"lock {name!r} is free; no job has ever held it"
    return (
        f"lock {name!r} is held by job {lock['holder']} since {clock(lock['since'])}; "
        f"should its job fall silent, it is free at {clock(lock['lease_until'])}"
    )


def as_table(lock: dict) -> Table:
    table = display.table_of("held by", "job", "since", "until", "", left=4)
    for held in lock["history"]:
        until = clock(held["until"]) if held["until"] else "now"
        table.add_row(held["holder"], clock(held["since"]), until, held["how"])
    return table
