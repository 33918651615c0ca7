"""Lambda's worker processes: errors keep their Python class, and no call waits for output it has.

The emulator reports every exception as Runtime.HandlerError, so that a state machine cannot catch
it by name, and waits up to 50 ms for log lines of a function that prints none.
"""

import queue
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from embedded_cloud.errors import CloudError
from embedded_cloud.extension.replacing import instead

END_OF_OUTPUT = "\x00end of output\x00"
LONGEST_WAIT_SECONDS = 0.25
INIT_FAILED = "Worker init failed: "

SCRIPT_CHANGES = {
    # AWS talks to a function by HTTP: what that does to its standard streams reaches no call of it.
    "    _real_stdout = sys.stdout\n    sys.stdout = sys.stderr\n": (
        "    _calls, _real_stdout, _log = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), 'w'), os.fdopen(os.dup(2), 'w')\n"
        "    _nothing = os.open(os.devnull, os.O_RDONLY)\n"
        "    os.dup2(_nothing, 0)\n"
        "    os.close(_nothing)\n"
        "    os.dup2(2, 1)\n"
        "    sys.stdout = sys.stderr\n"
    ),
    "init = json.loads(sys.stdin.readline())": "init = json.loads(_calls.readline())",
    "line = sys.stdin.readline()": "line = _calls.readline()",
    '"error": str(e)})': '"error": type(e).__name__ + ": " + str(e)})',
    # What is printed must be complete before the answer is.
    "            result = handler_fn(event, context)\n": (
        "            try:\n"
        "                result = handler_fn(event, context)\n"
        "            finally:\n"
        "                try:\n"
        "                    sys.stderr.flush()\n"
        "                except Exception:\n"
        "                    pass\n"
        f'                _log.write("\\n" + {END_OF_OUTPUT!r} + "\\n")\n'
        "                _log.flush()\n"
    ),
    '"error": str(e), "trace": traceback.format_exc()': (
        '"error": str(e), "trace": traceback.format_exc(), "type": type(e).__name__, '
        '"stack": traceback.format_tb(e.__traceback__)[1:]'
    ),
}


def _changed_script(script: str) -> str:
    for old, new in SCRIPT_CHANGES.items():
        if script.count(old) != 1:
            raise CloudError(f"The emulator's Lambda worker no longer contains: {old.strip()}")
        script = script.replace(old, new)
    return script


lambda_runtime._PYTHON_WORKER_SCRIPT = _changed_script(lambda_runtime._PYTHON_WORKER_SCRIPT)


@instead(lambda_runtime.Worker, "_drain_stderr_bounded")
def output_of_one_call(worker: Any) -> str:
    lines = []
    try:
        while (line := worker._stderr_queue.get(timeout=LONGEST_WAIT_SECONDS)) != END_OF_OUTPUT:
            lines.append(line)
    except queue.Empty:
        # A worker that died, or one of another language, writes no end.
        pass
    return "\n".join(lines).rstrip("\n")


@instead(lambda_svc, "_execute_function_warm")
def call_worker(function: dict, event: Any, request_id: str) -> dict:
    """Runs one call in a warm worker; the answer is in the emulator's own form."""
    config = function.get("config") or function
    name, version = config["FunctionName"], config.get("Version", "$LATEST")
    lambda_svc._ensure_reaper_thread()
    worker, _ = lambda_runtime.acquire_worker(name, config, function["code_zip"], qualifier=version)
    try:
        answer = worker.invoke(
            event,
            request_id,
            trace_id=lambda_svc._xray_trace_id_for_invocation(config),
            invoked_function_arn=config.get("FunctionArn", ""),
            depth=lambda_svc._invoke_depth.get(),
        )
    except Exception as error:
        account, region = lambda_svc._account_region_from_function_config(config)
        lambda_runtime.invalidate_worker(name, qualifier=version, account=account, region=region)
        return _init_failure(request_id, error)
    finally:
        lambda_runtime.release_worker(worker)
    if answer["status"] == "ok":
        return {"body": answer.get("result"), "log": answer.get("log", "")}
    message, log = answer.get("error", ""), "\n".join(filter(None, [answer.get("log"), answer.get("trace")]))
    if lambda_svc._RIE_TIMEOUT_TEXT_RE.fullmatch(message):
        return _failure(request_id, message, "Sandbox.Timedout", log)
    return _failure(request_id, message, answer.get("type", "Runtime.ExitError"), log, answer.get("stack", []))


def _init_failure(request_id: str, error: Exception) -> dict:
    kind, _, message = str(error).removeprefix(INIT_FAILED).partition(": ")
    if not str(error).startswith(INIT_FAILED):
        kind, message = type(error).__name__, str(error)
    missing = kind in ("ImportError", "ModuleNotFoundError")
    return _failure(request_id, message, "Runtime.ImportModuleError" if missing else kind, "")


def _failure(request_id: str, message: str, kind: str, log: str, stack: list[str] | None = None) -> dict:
    body = {"errorMessage": message, "errorType": kind, "requestId": request_id}
    return {"body": body if stack is None else {**body, "stackTrace": stack}, "error": True, "log": log}
