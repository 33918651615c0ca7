"""Commands that tell of an environment: its routes, locks and dead letters."""

import json
from typing import Annotated

import typer

from rollcall.records import locks
from rollcall_cli import display, lock_display
from rollcall_cli.command_line import Env, Json, print_json, say
from rollcall_cli.display import console
from rollcall_client import dead_letter_redrive, dead_letters, offline_routes
from rollcall_client.environment import CommandError, Environment


def routes(env: Env, as_json: Json = False):
    """Tell what is routed where, as deployed."""
    deployed = Environment(env).routes
    if as_json:
        print_json({data_type: vars(route) for data_type, route in sorted(deployed.items())})
    else:
        console.print(display.routes_table(deployed))


def route_test(
    event: Annotated[str, typer.Argument(metavar="EVENT", help="An item or event: JSON, a file, or - for stdin.")],
    env: Env,
    as_json: Json = False,
):
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


def lock(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The lock's name, as jobs were submitted with.")],
    env: Env,
    as_json: Json = False,
):
    """Tell which job holds a lock, and which did before."""
    found = locks.read(Environment(env).jobs, name)
    if as_json:
        print_json(found)
        return
    say(lock_display.in_words(name, found))
    if found["history"]:
        console.print(lock_display.as_table(found))


def dlq_list(env: Env, as_json: Json = False):
    """Tell which messages nobody could take, and why."""
    environment = Environment(env)
    found = [dead_letters.look(environment, queue) for queue in dead_letters.all_queues(environment)]
    if as_json:
        print_json(dead_letters.as_json(found))
    elif any(each.waiting or each.in_work or each.reasons for each in found):
        console.print(dead_letters.as_table(found))
    else:
        say(f"no dead letters in {len(found)} queues of environment {env!r}")


def dlq_redrive(
    queue: Annotated[str, typer.Argument(metavar="QUEUE", help="The name of a dead-letter queue, as dlq list has it.")],
    env: Env,
    as_json: Json = False,
):
    """Give dead letters another try, each once.

    Only chunks, and settlements that the results bear out, are tried again; all else is left.
    """
    environment = Environment(env)
    source = dead_letters.queue_named(environment, queue)
    done = dead_letter_redrive.redrive(environment, source)
    if as_json:
        print_json({"queue": queue, "moved": done.moved, "left": dict(done.left)})
    say(f"{done.moved:,} messages of {queue} are given another try in {source.queue_url.rpartition('/')[2]}")
    for reason, count in done.left.items():
        say(f"  {count:,} are left: {reason}")
