"""State machines call services as their role.

AWS, "How Step Functions generates IAM policies for integrated services". A state whose call is refused fails with the
name that the service's SDK has for errors its model does not name.
"""

from collections.abc import Callable, Iterator
from typing import Any

from ministack.core.responses import error_response_json
from ministack.services import stepfunctions

from embedded_cloud.extension.iam import callers
from embedded_cloud.extension.iam.callers import NoSuchRole
from embedded_cloud.extension.iam.deciding import Check, Refused, require
from embedded_cloud.extension.iam.requests import arn, derivation_of
from embedded_cloud.extension.replacing import around
from embedded_cloud.extension.stepfunctions.execution_context import ExecutionError, lineage
from embedded_cloud.extension.stepfunctions.integrations import call_of, error_of

# AWS, "Using CloudWatch Logs to log execution history": what the role of a machine that logs must be allowed.
DELIVER_LOGS = (
    *("logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery"),
    *("logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups"),
)
# Services whose APIs begin members with a small letter, which states begin with a capital one.
SMALL_LETTERS = ("states", "ecs", "batch")


@around(stepfunctions, "_create_state_machine", "_update_state_machine")
def refuse_logging(write: Callable, request: dict) -> tuple:
    """AWS refuses a machine that is to log and whose role may not."""
    machine = stepfunctions._state_machines.get(request.get("stateMachineArn", "")) or {}
    machine_arn = request.get("stateMachineArn") or arn("states", f"stateMachine:{request.get('name', '')}")
    logging = request.get("loggingConfiguration") or machine.get("loggingConfiguration") or {}
    if logging.get("level", "OFF") != "OFF":
        role = request.get("roleArn") or machine.get("roleArn")
        try:
            checks = [Check(action, "*") for action in DELIVER_LOGS]
            require(callers.role(role, "states.amazonaws.com", machine_arn), *checks)
        except (Refused, NoSuchRole) as refusal:
            message = f"The state machine IAM Role is not authorized to access the Log Destination ({refusal})"
            return error_response_json("AccessDeniedException", message, 400)
    return write(request)


@around(stepfunctions, "_invoke_resource")
def invoke_as_role(invoke: Callable, resource: str, parameters: object) -> object:
    """Raises ExecutionError."""
    require_of_machine(error_of(resource), *_checks_of(resource, parameters))
    return invoke(resource, parameters)


@around(stepfunctions, "_read_map_items")
def read_as_role(read: Callable, reader: dict, effective: object, context: dict) -> list:
    """Raises ExecutionError."""
    given = reader.get("Parameters") or reader.get("Arguments") or {}
    names = stepfunctions._resolve_params_obj(given, effective, context)
    bucket = f"arn:aws:s3:::{names.get('Bucket')}"
    lists = reader["Resource"].endswith("s3:listObjectsV2")
    check = Check("s3:ListBucket", bucket) if lists else Check("s3:GetObject", f"{bucket}/{names.get('Key')}")
    require_of_machine("States.ItemReaderFailed", check)
    return read(reader, effective, context)


def require_of_machine(error: str, *checks: Check) -> None:
    """Whether the role of the state machine this thread works for may; raises ExecutionError with this error."""
    # A child of a Distributed Map has its parent's role, and a name of its own after the slash.
    machine_arn = lineage.get()[-1]["stateMachineArn"].partition("/")[0]
    machine = stepfunctions._state_machines.get(machine_arn) or {}
    try:
        require(callers.role(machine.get("roleArn"), "states.amazonaws.com", machine_arn), *checks)
    except (Refused, NoSuchRole) as refusal:
        raise ExecutionError(error, str(refusal)) from None


def _checks_of(resource: str, parameters: Any) -> Iterator[Check]:
    if ":states:::" not in resource:
        if ":function:" in resource:
            yield Check("lambda:InvokeFunction", resource)
        return
    call = str(call_of(resource))
    service = call.partition(":")[0]
    if call == "lambda:Invoke":
        name = parameters.get("FunctionName", "")
        yield Check("lambda:InvokeFunction", name if name.startswith("arn:") else arn("lambda", f"function:{name}"))
        return
    request = stepfunctions._pascal_to_camel(parameters) if service in SMALL_LETTERS else parameters
    if call == "states:StartExecution":
        yield Check(call, request.get("stateMachineArn", ""))
    elif derive := derivation_of(call):
        yield from derive(call, request)
    else:
        yield Check(call, "*")
