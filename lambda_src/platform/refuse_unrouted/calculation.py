"""The calculation of the catch-all route: every item fails, saying why."""

from rollcall.calculations import calculation
from rollcall.errors import NoRoute
from rollcall.settings import Settings


@calculation("*")
def refuse(item: dict) -> dict:
    environment = Settings.from_environment().environment
    raise NoRoute(
        f"no route for data type {item['data_type']!r}: add it to routes in "
        f"terraform/environments/{environment}.tfvars and run make apply ENV={environment}"
    )
