"""Batch's job definitions: kept whole, found by name, revision or ARN, deregistered."""

from ministack.core.responses import error_response_json
from ministack.services import batch

from embedded_cloud.extension.replacing import instead

KEPT = (
    "type",
    "parameters",
    "retryStrategy",
    "timeout",
    "platformCapabilities",
    "containerProperties",
    "propagateTags",
    "schedulingPriority",
    "tags",
)
# AWS fills these in, so they are read back even when they were not given.
DEFAULTS = {"type": "container", "parameters": {}, "platformCapabilities": ["EC2"], "tags": {}}
CONTAINER_DEFAULTS: dict[str, list] = {
    name: []
    for name in ("command", "environment", "mountPoints", "resourceRequirements", "secrets", "ulimits", "volumes")
}


@instead(batch, "_register_job_definition")
def register(request: dict) -> tuple:
    name = request.get("jobDefinitionName")
    if not name:
        return error_response_json("ClientException", "jobDefinitionName is required")
    revisions = batch._job_definitions.setdefault(name, [])
    number = max((definition["revision"] for definition in revisions), default=0) + 1
    definition = {
        **DEFAULTS,
        **{member: request[member] for member in KEPT if member in request},
        "containerOrchestrationType": "ECS",
        "jobDefinitionName": name,
        "jobDefinitionArn": batch._jd_arn(name, number),
        "revision": number,
        "status": "ACTIVE",
    }
    if "containerProperties" in definition:
        definition["containerProperties"] = {**CONTAINER_DEFAULTS, **definition["containerProperties"]}
    revisions.append(definition)
    answer = {member: definition[member] for member in ("jobDefinitionName", "jobDefinitionArn", "revision")}
    return batch._json(200, answer)


@instead(batch, "_describe_job_definitions")
def describe(request: dict) -> tuple:
    references = request.get("jobDefinitions") or [request.get("jobDefinitionName")]
    found = [definition for reference in references for definition in matching(reference)]
    status = request.get("status")
    return batch._json(200, {"jobDefinitions": [d for d in found if status in (None, d["status"])]})


def deregister(request: dict) -> tuple:
    for definition in matching(request.get("jobDefinition")):
        definition["status"] = "INACTIVE"
    return batch._json(200, {})


def active(reference: str) -> dict | None:
    """The newest active revision a job may be submitted with."""
    found = [definition for definition in matching(reference) if definition["status"] == "ACTIVE"]
    return max(found, key=lambda definition: definition["revision"], default=None)


def matching(reference: str | None) -> list[dict]:
    """Definitions by name, name:revision or ARN; all of them for None."""
    if not reference:
        return [definition for revisions in batch._job_definitions.values() for definition in revisions]
    name, _, number = reference.rpartition("/")[2].partition(":")
    revisions = batch._job_definitions.get(name, [])
    return [definition for definition in revisions if not number or str(definition["revision"]) == number]


batch._DISPATCH["/v1/deregisterjobdefinition"] = deregister
