"""The events AWS services put on the default bus when the state of their work changes."""

import json

from ministack.core.responses import now_iso
from ministack.services import ecs, eventbridge

# An empty string stands for "not known yet" in the emulator's records; AWS leaves such members out.
EMPTY = (None, "")


def task_changed(task: dict) -> None:
    record = {name: value for name, value in ecs._sanitize(task).items() if value not in EMPTY}
    _publish("aws.ecs", "ECS Task State Change", {**record, "updatedAt": now_iso()}, task["taskArn"])


def job_changed(job: dict) -> None:
    _publish("aws.batch", "Batch Job State Change", job, job["jobArn"])


def _publish(source: str, kind: str, detail: dict, arn: str) -> None:
    entry = {"Source": source, "DetailType": kind, "Detail": json.dumps(detail), "Resources": [arn]}
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
