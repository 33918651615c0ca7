"""The rollcall command.

Words go to stderr and, with --json, one JSON document to stdout. Exit codes: 0 done (a job
SUCCEEDED), 1 it could not be done, 2 wrong usage, and of a job that ended: 3 PARTIAL, 4 FAILED,
5 REFUSED, 6 CANCELLED.
"""

import sys
from collections.abc import Callable

import typer

from rollcall_cli.command_line import one_sentence
from rollcall_cli.commands import (
    bench,
    cancel,
    check,
    dlq,
    failures,
    item,
    lock,
    pause,
    plan,
    receipt,
    redrive,
    results,
    routes,
    schema,
    submit,
    timeline,
    watch,
    why,
)


def group(help: str, commands: dict[str, Callable]) -> typer.Typer:
    made = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help=help)
    for name, command in commands.items():
        made.command(name)(one_sentence(command))
    return made


app = group(
    __doc__,
    {
        "plan": plan.plan,
        "check": check.check,
        "submit": submit.submit,
        "watch": watch.watch,
        "status": watch.status,
        "why": why.why,
        "timeline": timeline.timeline,
        "failures": failures.failures,
        "item": item.item,
        "results": results.results,
        "receipt": receipt.receipt,
        "verify": receipt.verify,
        "pause": pause.pause,
        "resume": pause.resume,
        "cancel": cancel.cancel,
        "redrive": redrive.redrive,
        "lock": lock.lock,
        "routes": routes.routes,
        "schema": schema.schema,
        "bench": bench.bench,
    },
)
app.add_typer(group("Ask about single routes.", {"test": routes.test}), name="route")
app.add_typer(
    group("Messages that nobody could take.", {"list": dlq.list_letters, "redrive": dlq.redrive}),
    name="dlq",
)

if __name__ == "__main__":
    sys.exit(app())
