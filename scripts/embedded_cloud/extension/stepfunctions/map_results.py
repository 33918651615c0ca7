"""What a Distributed Map gives to the next state, and what its ResultWriter writes.

AWS, "ResultWriter (Map)": with a bucket the results go to <Prefix>/<uuid of the map run>/ as one file for each status
and a manifest.json that names them, and the state's result says where; without one they are the state's result.
NONE keeps what is known about each child, COMPACT its output alone, FLATTEN takes outputs that are arrays apart; a
child that failed is always written as by NONE.
"""

import json

from ministack.services import s3, stepfunctions

from embedded_cloud.extension.iam.deciding import Check
from embedded_cloud.extension.iam.states import require_of_machine
from embedded_cloud.extension.metering.calls import count
from embedded_cloud.extension.stepfunctions.execution_context import ExecutionError

# The manifest's name of each final status of a child.
FILES = {"SUCCEEDED": "SUCCEEDED", "FAILED": "FAILED", "TIMED_OUT": "FAILED", "ABORTED": "FAILED", "PENDING": "PENDING"}


def result(state: dict, effective: object, run: dict, children: list[dict], context: dict) -> object:
    """The state's result; children in the order of their items. Raises ExecutionError."""
    writer = state.get("ResultWriter") or {}
    config = writer.get("WriterConfig") or {}
    if "Resource" not in writer:
        return transformed(children, config.get("Transformation", "COMPACT"))
    parameters = writer.get("Parameters") or writer.get("Arguments") or {}
    target = stepfunctions._resolve_params_obj(parameters, effective, context)
    prefix = target.get("Prefix", "").strip("/")
    folder = f"{prefix}/{run['mapRunArn'].rpartition(':')[2]}".lstrip("/")
    return write(target["Bucket"], folder, run, children, config)


def write(bucket: str, folder: str, run: dict, children: list[dict], config: dict) -> dict:
    """Writes the files and answers as AWS does. Raises ExecutionError."""
    files: dict[str, list] = {name: [] for name in ("FAILED", "PENDING", "SUCCEEDED")}
    for name, listed in files.items():
        of_file = [child for child in children if FILES[child["status"]] == name]
        if of_file:
            body = rendered(
                transformed(of_file, config.get("Transformation", "NONE")), config.get("OutputType", "JSON")
            )
            key = f"{folder}/{name}_0.{config.get('OutputType', 'JSON').lower()}"
            _put(bucket, key, body)
            listed.append({"Key": key, "Size": len(body)})
    manifest = {"DestinationBucket": bucket, "MapRunArn": run["mapRunArn"], "ResultFiles": files}
    _put(bucket, f"{folder}/manifest.json", json.dumps(manifest).encode())
    details = {"Bucket": bucket, "Key": f"{folder}/manifest.json"}
    return {"MapRunArn": run["mapRunArn"], "ResultWriterDetails": details}


def transformed(children: list[dict], transformation: str) -> list:
    results = []
    for child in children:
        if transformation == "NONE" or child["status"] != "SUCCEEDED":
            results.append(known(child))
            continue
        output = json.loads(child["output"])
        if transformation == "FLATTEN" and isinstance(output, list):
            results.extend(output)
        else:
            results.append(output)
    return results


def known(child: dict) -> dict:
    """What the files of AWS say about one child."""
    if child["status"] == "PENDING":
        return {"Input": child["input"], "InputDetails": {"Included": True}, "Status": "PENDING"}
    names = {"ExecutionArn": "executionArn", "Input": "input", "Name": "name", "StartDate": "startDate"}
    names |= {"StateMachineArn": "stateMachineArn", "Status": "status", "StopDate": "stopDate"}
    details = {"InputDetails": {"Included": True}, "RedriveCount": 0, "RedriveStatus": "NOT_REDRIVABLE"}
    if child["status"] == "SUCCEEDED":
        details |= {"Output": child["output"], "OutputDetails": {"Included": True}}
    else:
        details |= {"Error": child.get("error"), "Cause": child.get("cause")}
    return {**{name: child[member] for name, member in names.items()}, **details}


def rendered(results: list, kind: str) -> bytes:
    """kind is JSON or JSONL."""
    if kind == "JSONL":
        return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in results).encode()
    return json.dumps(results, ensure_ascii=False).encode()


def _put(bucket: str, key: str, body: bytes) -> None:
    require_of_machine("States.ResultWriterFailed", Check("s3:PutObject", f"arn:aws:s3:::{bucket}/{key}"))
    status, _, _ = s3._put_object(bucket, key, body, {})
    if status != 200:
        raise ExecutionError("States.ResultWriterFailed", f"Could not write s3://{bucket}/{key}")
    count("s3:PutObject")
