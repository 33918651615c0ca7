"""The environment a command talks to: its clients, and where Terraform put things."""

import getpass
import json
import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, NoCredentialsError

from embedded_cloud.lifecycle import CloudSettings, endpoint
from rollcall.dispatch.slots import Slots
from rollcall.routes import Route, read_routes
from rollcall_client.errors import CommandError
from rollcall_client.tfvars import setting

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ROOT / "terraform" / "environments"
# The embedded cloud has an account of its own: whatever profile this machine has is none of its business.
NO_PROFILE: dict[str, tuple] = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}


def user() -> str:
    """The name of who calls; the number where the machine has no name for it, as containers have none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def known_environments() -> list[str]:
    return sorted(path.stem for path in ENVIRONMENTS.glob("*.tfvars"))


@dataclass(frozen=True)
class Deployment:
    """The names and addresses in the parameter /rollcall/<env>/deployment."""

    environment: str
    region: str
    bucket: str
    bus: str
    jobs_table: str
    progress_table: str
    workers_table: str
    state_machine_arn: str
    settlements_queue_url: str
    dead_settlements_queue_url: str
    undelivered_queue_url: str
    dead_merges_queue_url: str
    dispatch_function: str
    next_steps: list[str]
    engines: list[str]

    @classmethod
    def from_json(cls, text: str) -> "Deployment":
        """Raises KeyError for a name that the environment does not have yet, ValueError for text that has no names."""
        names = json.loads(text)
        if not isinstance(names, dict):
            raise ValueError(f"it is no JSON object: {text}")
        return cls(**{field.name: names[field.name] for field in fields(cls)})


class Environment:
    """One workspace: local (the embedded cloud) or an AWS account; raises CommandError where it cannot be reached."""

    def __init__(self, name: str):
        if name not in known_environments():
            raise CommandError(
                f"there is no environment {name!r}; terraform/environments has {', '.join(known_environments())}"
            )
        self.name = name

    @cached_property
    def region(self) -> str:
        """Of the environment's settings, as Terraform deploys it, whatever Region the caller's profile names."""
        file = ENVIRONMENTS / f"{self.name}.tfvars"
        if (region := setting(file, "region")) is None:
            raise CommandError(f'terraform/environments/{file.name} names no region; write region = "…" into it')
        return region

    @cached_property
    def session(self) -> boto3.Session:
        if self.name == "local":
            own = botocore.session.Session(NO_PROFILE)
            return boto3.Session("test", "test", region_name=self.region, botocore_session=own)
        return boto3.Session(region_name=self.region)

    def client(self, service: str) -> Any:
        make: Callable[..., Any] = self.session.client
        return make(service, **self.options)

    def table(self, name: str) -> "Table":
        return self.session.resource("dynamodb", **self.options).Table(name)

    @property
    def options(self) -> dict:
        if self.name != "local":
            return {}
        # A cloud on this machine answers at once or is not up: waiting and retrying would only hide that.
        config = Config(
            connect_timeout=2, retries={"total_max_attempts": 2}, s3={"addressing_style": "path"}, proxies={}
        )
        return {"endpoint_url": endpoint(CloudSettings.from_environment()), "config": config}

    @cached_property
    def deployment(self) -> Deployment:
        """What is deployed; the first thing every command asks for, so that trouble is told once, here."""
        name = f"/rollcall/{self.name}/deployment"
        try:
            return Deployment.from_json(self.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
        except KeyError as error:
            raise CommandError(
                f"environment {self.name!r} was deployed by an older Rollcall (it has no {error}); "
                f"run: make apply ENV={self.name}"
            ) from error
        except ValueError as error:
            raise CommandError(
                f"environment {self.name!r}: the parameter {name} cannot be read ({error}); "
                f"run: make apply ENV={self.name}"
            ) from error
        except EndpointConnectionError as error:
            cure = "start it with: make up" if self.name == "local" else f"see the network, and region {self.region}"
            raise CommandError(f"environment {self.name!r} does not answer; {cure}") from error
        except NoCredentialsError as error:
            raise CommandError(
                f"environment {self.name!r} needs AWS credentials; set AWS_PROFILE, or run: aws sso login"
            ) from error
        except ClientError as error:
            if error.response["Error"]["Code"] == "ParameterNotFound":
                raise CommandError(
                    f"environment {self.name!r} is not deployed; run: make apply ENV={self.name}"
                ) from error
            raise CommandError(f"environment {self.name!r}: {error}") from error
        except BotoCoreError as error:
            raise CommandError(f"environment {self.name!r}: {error}") from error

    @cached_property
    def routes(self) -> dict[str, Route]:
        try:
            return read_routes(self.client("ssm"), f"/rollcall/{self.deployment.environment}")
        except (TypeError, ValueError) as error:
            raise CommandError(
                f"environment {self.name!r} has routes of another Rollcall ({error}); run: make apply ENV={self.name}"
            ) from error

    @cached_property
    def jobs(self) -> "Table":
        return self.table(self.deployment.jobs_table)

    @cached_property
    def progress(self) -> "Table":
        return self.table(self.deployment.progress_table)

    @cached_property
    def slots(self) -> Slots:
        return Slots(self.table(self.deployment.workers_table), self.client("events"), self.deployment.bus)


def default_environment() -> str:
    return os.environ.get("ROLLCALL_ENV", "local")
