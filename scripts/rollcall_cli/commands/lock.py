"""rollcall lock: which job holds a lock, and which did before."""

from typing import Annotated

import typer
from rich.table import Table

from rollcall.records import locks
from rollcall_cli.command_line import Env, Json, print_json
from rollcall_client.environment import Environment
from rollcall_client.timing import clock
from rollcall_terminal import console, say, table_of


def lock(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The lock's name, as jobs were submitted with.")],
    env: Env,
    as_json: Json = False,
) -> None:
    """Tell which job holds a lock, and which did before."""
    found = locks.read(Environment(env).jobs, name)
    if as_json:
        print_json(found)
        return
    say(in_words(name, found))
    if found["history"]:
        console.print(as_table(found))


def in_words(name: str, lock: dict) -> str:
    """`lock` as rollcall.records.locks reads it."""
    if lock["holder"] is None:
        return f"lock {name!r} is free" if lock["history"] else f"lock {name!r} is free; no job has ever held it"
    return (
        f"lock {name!r} is held by job {lock['holder']} since {clock(lock['since'])}; "
        f"should its job fall silent, it is free at {clock(lock['lease_until'])}"
    )


def as_table(lock: dict) -> Table:
    table = table_of("held by", "job", "since", "until", "", left=4)
    for held in lock["history"]:
        until = clock(held["until"]) if held["until"] else "now"
        table.add_row(held["holder"], clock(held["since"]), until, held["how"])
    return table
