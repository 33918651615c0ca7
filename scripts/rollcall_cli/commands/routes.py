"""rollcall routes and rollcall route test: what is routed where."""

import json
from typing import Annotated

import typer
from rich.table import Table

from rollcall.routes import UNROUTED, Route
from rollcall_cli.command_line import Env, Json, print_json
from rollcall_client import offline_routes
from rollcall_client.environment import Environment
from rollcall_client.errors import CommandError
from rollcall_terminal import console, say, table_of


def routes(env: Env, as_json: Json = False) -> None:
    """Tell what is routed where, as deployed."""
    deployed = Environment(env).routes
    if as_json:
        print_json({data_type: vars(route) for data_type, route in sorted(deployed.items())})
    else:
        console.print(routes_table(deployed))


def test(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="An item or event: JSON, a file, or - for stdin.")],
    env: Env,
    as_json: Json = False,
) -> None:
    """Tell which route an item would take, from tfvars alone, without any cloud."""
    taken = offline_routes.take(env, event)
    if as_json:
        print_json(taken)
    if taken["target"] is None:
        raise CommandError(
            f"data type {taken['data_type']!r} has no route: such items fail; "
            f"add one to routes in terraform/environments/{env}.tfvars"
        )
    say(f"{taken['data_type']} → {taken['target']}: {json.dumps(taken['route'][taken['target']])}")


def routes_table(routes: dict[str, Route]) -> Table:
    headings = ("data type", "target", "chunk size", "max concurrency", "timeout", "attempts")
    table = table_of("what is routed where", *headings, left=2)
    for data_type, route in sorted(routes.items()):
        name = "(every other)" if data_type == UNROUTED else data_type
        target = "fails its items" if data_type == UNROUTED else route.target
        numbers = (str(number) for number in (route.chunk_size, route.max_concurrency))
        table.add_row(name, target, *numbers, f"{route.timeout_seconds // 60} min", str(route.max_attempts))
    return table
