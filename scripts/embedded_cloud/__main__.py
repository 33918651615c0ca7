"""python -m embedded_cloud up | down [--wipe] | status [--json]"""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from embedded_cloud import lifecycle
from embedded_cloud.errors import CloudError
from embedded_cloud.settings import CloudSettings

commands = typer.Typer(help="AWS on this machine, without an account.", no_args_is_help=True)


@commands.command()
def up() -> None:
    """Start the embedded cloud and wait until it answers."""
    lifecycle.up(CloudSettings.from_environment())


@commands.command()
def down(wipe: Annotated[bool, typer.Option(help="Delete its state too.")] = False) -> None:
    """Stop the embedded cloud; its state is kept."""
    lifecycle.down(CloudSettings.from_environment(), wipe=wipe)


@commands.command()
def status(as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False) -> None:
    """Show where the embedded cloud answers and whether it does."""
    found = lifecycle.status(CloudSettings.from_environment())
    if as_json:
        typer.echo(json.dumps(asdict(found)))
    elif found.pid is None:
        typer.echo("The embedded cloud does not run; start it with: python -m embedded_cloud up")
    else:
        health = "healthy" if found.healthy else "not answering"
        typer.echo(f"The embedded cloud at {found.url} is {health} (process {found.pid}).")


if __name__ == "__main__":
    try:
        commands()
    except CloudError as error:
        raise SystemExit(str(error)) from None
