"""rollcall schema: what items of a data type must be."""

from typing import Annotated

import typer

from rollcall.intake.contracts import published_contracts
from rollcall_cli.command_line import Env, print_json
from rollcall_client.environment import Environment
from rollcall_client.errors import CommandError


def schema(data_type: Annotated[str, typer.Argument(help="The data type.")], env: Env) -> None:
    """Print the JSON Schema that items of a data type must fit, as it is published."""
    environment = Environment(env)
    contracts = published_contracts(environment.client("s3"), environment.deployment.bucket)
    contract = contracts.of(data_type)
    if contract is None:
        there = ", ".join(sorted(contracts.names)) or "none"
        raise CommandError(f"the calculation of {data_type!r} declares nothing of its items; schemas: {there}")
    print_json(contract.schema)
