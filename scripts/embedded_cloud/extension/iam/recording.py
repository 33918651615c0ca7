"""Writes every kind of permission that was asked for into the file that ROLLCALL_RECORD_IAM names.

A line is {"caller", "policy", "sid", "action", "resource", "decision"}: the role or service that called; whose policy
decided, "" for the caller's own; and by which of its statements. A line is written once, and once more after somebody
else has written into the file, such as a test that says that it begins.
"""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path

from ministack.core.iam_evaluator import EvalResult, PrincipalInfo

from embedded_cloud import recording
from embedded_cloud.extension.iam import deciding
from embedded_cloud.extension.iam.deciding import Check
from embedded_cloud.extension.replacing import around

ROLE = ":assumed-role/"


class Recorder:
    def __init__(self, file: Path):
        self.file = file
        self.written: set[tuple] = set()
        self.size = 0
        self.writing = threading.Lock()

    def record(self, caller: PrincipalInfo, check: Check, found: EvalResult) -> None:
        name = caller.arn.partition(ROLE)[2].partition("/")[0] or caller.arn
        # Of what is allowed there are as many resources as a job has chunks.
        kind = (name, found.resource_policy_arn, found.matched_sid, check.action, found.decision)
        with self.writing:
            if self.file.exists() and self.file.stat().st_size != self.size:
                self.written.clear()
            if kind not in self.written:
                self.written.add(kind)
                self.write(dict(zip(("caller", "policy", "sid", "action", "decision"), kind, strict=True)), check)

    def write(self, line: dict, check: Check) -> None:
        with self.file.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({**line, "resource": check.resource}) + "\n")
        self.size = self.file.stat().st_size


if os.environ.get(recording.IAM_VARIABLE):
    recorder = Recorder(Path(os.environ[recording.IAM_VARIABLE]))

    @around(deciding, "decide")
    def decide_and_record(decide: Callable, caller: PrincipalInfo, check: Check) -> EvalResult:
        found = decide(caller, check)
        recorder.record(caller, check, found)
        return found
