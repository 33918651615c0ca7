"""Lambda entry point: the rules of Fargate routes hand it their workers to be started."""

from typing import TYPE_CHECKING

import boto3

from rollcall.events import WorkerRequested, parse
from rollcall.settings import Settings
from start_tasks.starting import Starter, Task

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

settings = Settings.from_environment()
starter = Starter(
    boto3.client("ecs"), settings.need("cluster"), settings.listed("subnets"), settings.need("security_group")
)


def handler(event: dict, context: "LambdaContext") -> dict:
    """Takes a Worker Requested envelope, to which the rule has added `task` ({"definition", "spot"}).

    Raises NotStarted or what ECS refuses with: Lambda tries again twice, and then tells the failure handler.
    """
    return {"task": starter.start(parse(event, WorkerRequested), Task(**event["task"]))}
