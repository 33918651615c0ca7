"""Starting a worker as a Fargate task, wherever there is room for it.

ECS answers with success also when it has started nothing, and says why in `failures`; EventBridge, which called it
before, does not read them.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast

from rollcall.errors import NotStarted
from rollcall.events import VERSION, WorkerRequested
from rollcall.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_ecs.client import ECSClient

ON_DEMAND, SPOT = "FARGATE", "FARGATE_SPOT"


@dataclass(frozen=True)
class Task:
    """What a route runs on: its task definition's ARN, and whether Spot will do."""

    definition: str
    spot: bool

    @property
    def providers(self) -> list[str]:
        """Spot capacity comes and goes; a route that takes it prefers to pay more over waiting."""
        return [SPOT, ON_DEMAND] if self.spot else [ON_DEMAND]


@dataclass(frozen=True)
class Starter:
    """An ECS client, the name of the cluster, and the network of its tasks."""

    ecs: "ECSClient"
    cluster: str
    subnets: list[str]
    security_group: str

    def start(self, request: WorkerRequested, task: Task) -> str:
        """The ARN of the worker's task, which runs already when it was asked for before.

        Raises NotStarted with the reasons of every capacity provider, and ClientError for what ECS refuses.
        """
        refused: list[str] = []
        for provider in task.providers:
            answer = self.run(request, task, provider)
            for started in answer["tasks"]:
                logger.info("task started", route=request.data_type, slot=request.slot, provider=provider)
                return started["taskArn"]
            refused.extend(f"{provider}: {failure['reason']}" for failure in answer["failures"])
        raise NotStarted("; ".join(refused))

    def run(self, request: WorkerRequested, task: Task, provider: str) -> dict[str, Any]:
        """ECS's answer: {"tasks", "failures"}. A token keeps it from starting a worker twice on the same provider."""
        try:
            answer = self.ecs.run_task(
                cluster=self.cluster,
                taskDefinition=task.definition,
                capacityProviderStrategy=[{"capacityProvider": provider, "weight": 1}],
                networkConfiguration={
                    "awsvpcConfiguration": {
                        "subnets": self.subnets,
                        "securityGroups": [self.security_group],
                        "assignPublicIp": "ENABLED",
                    }
                },
                overrides={"containerOverrides": [{"name": "worker", "command": list(command(request))}]},
                clientToken=f"{request.worker}-{provider}",
                startedBy=request.worker,
            )
            return cast(dict[str, Any], answer)
        except self.ecs.exceptions.ConflictException as error:
            # It runs already; since then its route has got another task definition.
            return {
                "tasks": [{"taskArn": arn} for arn in cast(dict[str, Any], error.response)["resourceIds"]],
                "failures": [],
            }


def command(request: WorkerRequested) -> Iterator[str]:
    """What a container is started with: the fields of the request, as the worker's main program reads them."""
    yield from ("python", "-m", "rollcall.worker")
    for name, value in {"version": VERSION, **asdict(request)}.items():
        yield from (f"--{name}", str(value))
