"""Writes every kind of AWS call a Python process makes into the file that ROLLCALL_RECORD_CALLS names.

Python imports this by itself where its folder is in PYTHONPATH, so what is recorded need not know of it: Lambdas and
containers of an embedded cloud that was started with the variable, and commands. Nothing is loaded before botocore is,
which a Lambda may bring itself. A line of the file is {"service", "operation", "parameters"}, as the service model
types them. A call is written when its members are new, or a text, list or number in it is the largest so far.
"""

import contextlib
import importlib.util
import json
import os
import sys
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from types import ModuleType
from typing import Any

VARIABLE = "ROLLCALL_RECORD_CALLS"
MODULE = "botocore.client"
LONGEST = 200  # of what is written of a text; its length is written too


class Recorder:
    def __init__(self, file: str):
        self.file = file
        self.sizes: dict[tuple, float] = {}
        self.kinds: set[tuple] = set()

    def record(self, service: str, operation: str, parameters: dict) -> None:
        found = dict(leaves(parameters, (service, operation)))
        kind = tuple(found)
        grown = [path for path, size in found.items() if size > self.sizes.get(path, -1)]
        if kind in self.kinds and not grown:
            return
        self.kinds.add(kind)
        self.sizes.update({path: found[path] for path in grown})
        line = json.dumps({"service": service, "operation": operation, "parameters": plain(parameters)}) + "\n"
        # One write to a file opened for appending, so that lines of several processes do not mix.
        descriptor = os.open(self.file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)


def leaves(value: Any, path: tuple) -> Iterator[tuple[tuple, int]]:
    """(path, size) of every member, its kind in the path; members of a map or list share one."""
    if isinstance(value, dict):
        yield (*path, "{}"), len(value)
        for name, inner in sorted(value.items()):
            yield from leaves(inner, (*path, name))
    elif isinstance(value, list | tuple):
        yield (*path, "[]"), len(value)
        for inner in value:
            yield from leaves(inner, (*path, "[]"))
    else:
        is_number = isinstance(value, int | float)
        yield (*path, type(value).__name__), value if is_number else len(value) if hasattr(value, "__len__") else 0


def plain(value: Any) -> Any:
    """As JSON; of what is long or no JSON the length or type: {"$text", "length"}, {"$bytes"}, {"$other"}."""
    if isinstance(value, dict):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    if isinstance(value, str):
        return value if len(value) <= LONGEST else {"$text": value[:LONGEST], "length": len(value)}
    if isinstance(value, bytes | bytearray):
        return {"$bytes": len(value)}
    if value is None or isinstance(value, bool | int | float):
        return value
    return {"$other": type(value).__name__}


class Watching(MetaPathFinder):
    """Lets botocore be imported by whoever finds it, and then looks at its calls."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> Any:
        if name != MODULE:
            return None
        sys.meta_path.remove(self)
        spec: Any = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def and_watch(module: ModuleType) -> None:
            load(module)
            watch(module, Recorder(os.environ[VARIABLE]))

        spec.loader.exec_module = and_watch
        return spec


def watch(module: Any, recorder: Recorder) -> None:
    """Where the parameters have been completed and not yet been written as a request."""
    convert = module.BaseClient._convert_to_request_dict

    def and_record(client: Any, api_params: Any, operation_model: Any, *rest: Any, **options: Any) -> Any:
        with contextlib.suppress(OSError):
            recorder.record(operation_model.service_model.service_name, operation_model.name, api_params)
        return convert(client, api_params, operation_model, *rest, **options)

    module.BaseClient._convert_to_request_dict = and_record


if os.environ.get(VARIABLE):
    sys.meta_path.insert(0, Watching())
