"""The rollcall command.

Words go to stderr and, with --json, one JSON document to stdout. Exit codes: 0 done (a job
SUCCEEDED), 1 it could not be done, 2 wrong usage, and of a job that ended: 3 PARTIAL, 4 FAILED,
5 REFUSED, 6 CANCELLED.
"""

import sys
from collections.abc import Callable

import typer

from rollcall_cli.command_line import one_sentence
from rollcall_cli.commands import environments, following, measuring, planning, steering_jobs, understanding


def group(help: str, commands: dict[str, Callable]) -> typer.Typer:
    made = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help=help)
    for name, command in commands.items():
        made.command(name)(one_sentence(command))
    return made


app = group(
    __doc__,
    {
        "plan": planning.plan,
        "submit": following.submit,
        "watch": following.watch,
        "status": following.status,
        "why": understanding.why,
        "timeline": understanding.show_timeline,
        "failures": understanding.failures,
        "results": understanding.results,
        "receipt": understanding.receipt,
        "verify": understanding.verify,
        "pause": steering_jobs.pause,
        "resume": steering_jobs.resume,
        "cancel": steering_jobs.cancel,
        "redrive": steering_jobs.redrive,
        "lock": environments.lock,
        "routes": environments.routes,
        "bench": measuring.bench,
    },
)
app.add_typer(group("Ask about single routes.", {"test": environments.route_test}), name="route")
app.add_typer(
    group("Messages that nobody could take.", {"list": environments.dlq_list, "redrive": environments.dlq_redrive}),
    name="dlq",
)

if __name__ == "__main__":
    sys.exit(app())
