"""A Batch job's container: its command, its variables, and where its output goes."""

import copy
import re

from ministack.core.responses import new_uuid

from embedded_cloud.extension import roles

PLACEHOLDER = re.compile(r"Ref::([A-Za-z0-9_-]+)")
DEFAULT_GROUP = "/aws/batch/job"


def container_of(properties: dict, overrides: dict, parameters: dict[str, str]) -> dict:
    """The definition's container with what the job changes, and its parameters in the command."""
    command = overrides.get("command") or properties["command"]
    return {
        **copy.deepcopy(properties),
        "command": [PLACEHOLDER.sub(lambda found: parameters.get(found[1], found[0]), word) for word in command],
        "environment": _merged(properties, overrides, "environment", "name"),
        "resourceRequirements": _merged(properties, overrides, "resourceRequirements", "type"),
    }


def _merged(properties: dict, overrides: dict, member: str, key: str) -> list[dict]:
    entries = [*properties[member], *overrides.get(member, [])]
    return list({entry[key]: entry for entry in entries}.values())


def memory_of(container: dict) -> str:
    """As Docker is told it."""
    return next((f"{each['value']}m" for each in container["resourceRequirements"] if each["type"] == "MEMORY"), "0m")


def variables_of(job: dict) -> dict[str, str]:
    """What the container's environment holds in the job's next attempt."""
    index = job.get("arrayProperties", {}).get("index")
    return {
        **{entry["name"]: entry["value"] for entry in job["container"]["environment"]},
        **roles.credentials(job["container"].get("jobRoleArn"), job["jobId"].replace(":", "-")),
        "AWS_BATCH_JOB_ID": job["jobId"],
        "AWS_BATCH_JOB_ATTEMPT": str(len(job["attempts"]) + 1),
        "AWS_BATCH_JQ_NAME": job["jobQueue"].rpartition("/")[2],
        **({} if index is None else {"AWS_BATCH_JOB_ARRAY_INDEX": str(index)}),
    }


def log_target_of(job: dict) -> dict:
    """AWS: a new stream for each attempt, in a group of Batch's own unless the job names one."""
    options = (job["container"].get("logConfiguration") or {}).get("options") or {}
    group = options.get("awslogs-group", DEFAULT_GROUP)
    definition = job["jobDefinition"].rpartition("/")[2].partition(":")[0]
    prefix = options.get("awslogs-stream-prefix", definition)
    return {
        "group": group,
        "stream": f"{prefix}/default/{new_uuid().replace('-', '')}",
        "region": options.get("awslogs-region"),
        "create_group": group == DEFAULT_GROUP or options.get("awslogs-create-group") == "true",
    }
