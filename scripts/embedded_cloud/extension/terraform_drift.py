"""What was written is read back as AWS gives it, so that a second Terraform plan is empty."""

import json
from collections.abc import Callable

from ministack.core.responses import json_response
from ministack.services import ec2, lambda_svc, stepfunctions

from embedded_cloud.extension.replacing import around


@around(stepfunctions, "_create_state_machine", "_update_state_machine")
def keep_tracing(write: Callable, request: dict) -> tuple:
    status, headers, body = write(request)
    if status != 200:
        return status, headers, body
    machine = stepfunctions._state_machines[request.get("stateMachineArn") or json.loads(body)["stateMachineArn"]]
    if "tracingConfiguration" in request or "tracingConfiguration" not in machine:
        # Clients leave out members that are false.
        machine["tracingConfiguration"] = {"enabled": False, **request.get("tracingConfiguration", {})}
    return status, headers, body


@around(lambda_svc, "_put_event_invoke_config")
def keep_only_given_limits(put: Callable, function: str, qualifier: str | None, request: dict) -> tuple:
    """AWS answers without the limits that were not given."""
    status, headers, body = put(function, qualifier, request)
    if status != 200:
        return status, headers, body
    config = lambda_svc._functions[function]["event_invoke_configs"][qualifier or ""]
    for limit in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds"):
        if limit not in request:
            del config[limit]
    return json_response(config)


@around(ec2, "_strip_descriptions")
def without_ports_of_any_protocol(strip: Callable, rule: dict) -> dict:
    """AWS: a rule for every protocol has no ports, whatever the request says."""
    stripped = strip(rule)
    if stripped.get("IpProtocol") == "-1":
        stripped = {member: value for member, value in stripped.items() if member not in ("FromPort", "ToPort")}
    return stripped
