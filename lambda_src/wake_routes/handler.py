"""Lambda entry point: called every minute."""

import boto3

from rollcall.observability import logger
from rollcall.routes import read_routes
from rollcall.settings import Settings
from wake_routes.waking import wake

settings = Settings.from_environment()
ssm, sqs, events = (boto3.client(name) for name in ("ssm", "sqs", "events"))


def handler(event: dict, context) -> list[str]:
    """Returns the data types of the routes that were woken."""
    routes = read_routes(ssm, settings.need("parameters")).values()
    woken = wake(routes, sqs, events, settings.need("bus"))
    logger.info("routes looked after", woken=woken)
    return woken
