"""What the emulator lacks, added inside its own process.

Each module replaces functions of one of the emulator's services; importing it puts it in force.
The names it replaces are private to the emulator, so `server` refuses every other version.
"""

import importlib

MODULES = (
    "connections",
    "metering.calls",
    "reading",
    "iam.evaluator",
    "iam.recording",
    "iam.guard",
    "eventbridge.delivery",
    "throttling",
    "lambda_.concurrency",
    "lambda_.workers",
    "lambda_.event_queue",
    "memory_limits",
    "ecs.placement",
    "ecs.tasks",
    "ecs.sidecars",
    "batch.jobs",
    "batch.queues",
    "stepfunctions.executions",
    "stepfunctions.definitions",
    "stepfunctions.task_tokens",
    "stepfunctions.integrations",
    "stepfunctions.history",
    "stepfunctions.inline_maps",
    "stepfunctions.distributed_maps",
    "iam.states",
    "dynamodb.writes",
    "dynamodb.expressions",
    "s3_rates",
    "sqs.queues",
    "sqs.receipts",
    "sqs.senders",
    "lambda_loops",
    "metering.billing",
    "dynamodb.capacity_units",
    "iam.functions",
    "roles",
    "snapshots",
    "restart",
    "terraform_drift",
)


def install() -> None:
    for module in MODULES:
        importlib.import_module(f"{__name__}.{module}")
