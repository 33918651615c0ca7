"""What the emulator lacks, added inside its own process.

Each module replaces functions of one of the emulator's services; importing it puts it in force.
The names it replaces are private to the emulator, so `server` refuses every other version.
"""

import importlib

MODULES = (
    "calls",
    "iam.evaluator",
    "iam.guard",
    "eventbridge",
    "lambda_workers",
    "lambda_queue",
    "ecs_placement",
    "ecs",
    "ecs_sidecars",
    "batch",
    "batch_queues",
    "stepfunctions",
    "definitions",
    "task_tokens",
    "integrations",
    "history",
    "maps",
    "distributed_maps",
    "iam.states",
    "dynamodb",
    "dynamodb_expressions",
    "sqs",
    "sqs_receipts",
    "sqs_senders",
    "metering",
    "capacity_units",
    "iam.functions",
    "roles",
    "snapshots",
    "restart",
    "readbacks",
)


def install() -> None:
    for module in MODULES:
        importlib.import_module(f"{__name__}.{module}")
