"""rollcall dlq list and rollcall dlq redrive: messages that nobody could take."""

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from rollcall_cli.command_line import Env, Json, print_json
from rollcall_client import dead_letter_redrive, dead_letters
from rollcall_client.dead_letters import Found
from rollcall_client.environment import Environment
from rollcall_terminal import console, say, table_of


def list_letters(env: Env, as_json: Json = False) -> None:
    """Tell which messages nobody could take, and why."""
    environment = Environment(env)
    found = [dead_letters.look(environment, queue) for queue in dead_letters.all_queues(environment)]
    if as_json:
        print_json([asdict(each) for each in found])
    elif any(each.waiting or each.in_work or each.reasons for each in found):
        console.print(as_table(found))
    else:
        say(f"no dead letters in {len(found)} queues of environment {env!r}")


def redrive(
    queue: Annotated[str, typer.Argument(metavar="QUEUE", help="The name of a dead-letter queue, as dlq list has it.")],
    env: Env,
    as_json: Json = False,
) -> None:
    """Give dead letters another try, each once.

    Only chunks, merges, and settlements that the results bear out, are tried again; all else is left.
    """
    environment = Environment(env)
    source = dead_letters.queue_named(environment, queue)
    done = dead_letter_redrive.redrive(environment, source)
    if as_json:
        print_json({"queue": queue, "moved": done.moved, "left": dict(done.left)})
    say(f"{done.moved:,} messages of {queue} are given another try in {source.queue_url.rpartition('/')[2]}")
    for reason, count in done.left.items():
        say(f"  {count:,} are left: {reason}")


def as_table(found: list[Found]) -> Table:
    headings = ("queue", "oldest seen (UTC)", "waiting", "in work", "reason")
    table = table_of("dead letters", *headings, left=2)
    table.columns[-1].justify, table.columns[-1].no_wrap = "left", False
    for each in found:
        reasons = "\n".join(f"{count} × {reason}" for reason, count in each.reasons.items())
        oldest = each.oldest.replace("T", " ").removesuffix("+00:00")
        table.add_row(each.queue, oldest, f"{each.waiting:,}", f"{each.in_work:,}", reasons)
    return table
