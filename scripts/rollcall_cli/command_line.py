"""What all commands have in common: options, exit codes, and one sentence where they fail."""

import json
from collections.abc import Callable
from decimal import Decimal
from enum import IntEnum
from functools import wraps
from typing import Annotated, Any

import typer
from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from embedded_cloud.errors import CloudError
from rollcall.errors import InputRefused, RollcallError
from rollcall_client.environment import default_environment
from rollcall_client.errors import CommandError
from rollcall_terminal import say


class Exit(IntEnum):
    DONE = 0
    NOT_DONE = 1
    PARTIAL = 3
    FAILED = 4
    REFUSED = 5
    CANCELLED = 6


Env = Annotated[
    str, typer.Option("--env", help="The workspace to talk to (or ROLLCALL_ENV).", default_factory=default_environment)
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]
JobId = Annotated[str, typer.Argument(metavar="JOB", help="The id of a job.")]


def one_sentence(command: Callable[..., None]) -> Callable[..., None]:
    """End a command that cannot do its work with one clear sentence and a non-zero exit."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except InputRefused as error:
            say(f"refused, nothing was started; {len(error.problems)} to correct:", style="red")
            for problem in error.problems:
                say(f"  {problem}")
            raise typer.Exit(Exit.REFUSED) from error
        except (CommandError, RollcallError, CloudError, ClientError, BotoCoreError, Boto3Error, OSError) as error:
            say(in_words(error), style="red")
            raise typer.Exit(Exit.NOT_DONE) from error

    return run


def in_words(error: Exception) -> str:
    """One sentence; of a file that cannot be read or written its name, the reason and the cure."""
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}; name another file, or see to this one"
    return str(error)


def print_json(document: Any) -> None:
    print(json.dumps(document, indent=2, default=plain_number))


def plain_number(value: Decimal) -> int | float:
    """A number of DynamoDB's as JSON has it."""
    return int(value) if value == int(value) else float(value)


def exit_as(job: dict) -> None:
    """Leave with the code that tells how the job ended; 0 while it has not."""
    state = job["state"]
    if state in Exit.__members__:
        raise typer.Exit(Exit[state])
