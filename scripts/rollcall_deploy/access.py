"""The way to an environment's account: its credentials, its state, or the embedded cloud in its place."""

import os
import socket
from pathlib import Path
from urllib.parse import urlsplit

import botocore.session

from embedded_cloud import lifecycle
from embedded_cloud.settings import CloudSettings
from rollcall_deploy.account import missing_bucket
from rollcall_deploy.errors import Refused
from rollcall_deploy.mirror import write_cli_config

NO_CREDENTIALS = (
    "no AWS credentials were found: give them with `export AWS_PROFILE=<profile>` (after `aws sso login`) or with "
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
)
NO_STATE = (
    "terraform/environments/{env}.tfbackend is missing: write into it where the state of {env} lies, "
    '`bucket = "<name>"` and `region = "<region>"`'
)
FAKE_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}


def backend_of(env: str, root: Path) -> Path:
    """Says in which bucket an environment's state lies; each team writes its own."""
    return root / "terraform" / "environments" / f"{env}.tfbackend"


def environment_for(env: str, root: Path, offline: bool) -> dict[str, str]:
    """The environment Terraform runs in; raises Refused when the embedded cloud is needed and not up."""
    environment = dict(os.environ) | write_cli_config(root / "build" / "terraform", os.environ)
    environment.pop("TF_WORKSPACE", None)  # the workspace is the environment's
    if env != "local" and not offline:
        return environment
    environment = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    environment |= FAKE_CREDENTIALS
    if not offline:
        environment |= {"AWS_ENDPOINT_URL": embedded_cloud(), "AWS_REGION": "us-east-1"}
    return environment


def embedded_cloud() -> str:
    """Where the embedded cloud answers; raises Refused when it does not."""
    url = lifecycle.endpoint(CloudSettings.from_environment())
    try:
        socket.create_connection((urlsplit(url).hostname, urlsplit(url).port), timeout=2).close()
    except OSError:
        raise Refused(f"The embedded cloud does not answer at {url}: start it with `make up`.") from None
    return url


def what_is_missing(env: str, root: Path) -> str | None:
    """What keeps us from the account of an environment, and the cure; None when nothing does."""
    if env == "local":
        return None
    if not has_credentials():
        return NO_CREDENTIALS
    backend = backend_of(env, root)
    return missing_bucket(backend) if backend.exists() else NO_STATE.format(env=env)


def has_credentials() -> bool:
    """Whether the usual chain (environment, profile, SSO, container, instance) knows any credentials."""
    try:
        return botocore.session.get_session().get_credentials() is not None
    except botocore.exceptions.BotoCoreError as problem:
        raise Refused(f"The AWS credentials cannot be used: {problem}.") from None
