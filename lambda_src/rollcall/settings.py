"""Where a function runs, read from its environment."""

import os
from dataclasses import dataclass, fields

from rollcall.errors import MissingSetting


@dataclass(frozen=True)
class Settings:
    """Names and addresses Terraform gives a function; one not given to it is empty.

    Use `need` for a value the caller cannot do without.
    """

    environment: str = ""
    bucket: str = ""
    bus: str = ""
    jobs_table: str = ""
    progress_table: str = ""
    workers_table: str = ""
    idempotency_table: str = ""
    parameters: str = ""
    next_steps: str = ""
    engines: str = ""
    branches: str = ""
    settlements_queue_url: str = ""
    dead_settlements_queue_url: str = ""
    trusted_roles: str = ""
    route_queue_url: str = ""
    target: str = ""
    timeout_seconds: str = ""
    max_attempts: str = ""
    max_concurrency: str = ""
    item_timeout_seconds: str = ""
    state_machine_arn: str = ""
    dispatch_function: str = ""
    finish_function: str = ""
    cluster: str = ""
    subnets: str = ""
    security_group: str = ""

    @classmethod
    def from_environment(cls) -> "Settings":
        return cls(**{f.name: os.environ.get(variable(f.name), "") for f in fields(cls)})

    def need(self, name: str) -> str:
        """The value of a setting; raises MissingSetting when it was not given."""
        value = getattr(self, name)
        if not value:
            raise MissingSetting(f"{variable(name)} is not set; Terraform sets it for every function that needs it")
        return value

    def listed(self, name: str) -> list[str]:
        """The values of a setting that holds some, separated by commas."""
        return [value for value in getattr(self, name).split(",") if value]


def variable(name: str) -> str:
    """The environment variable that carries a setting."""
    return f"ROLLCALL_{name.upper()}"
