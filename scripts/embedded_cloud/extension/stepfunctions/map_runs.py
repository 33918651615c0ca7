"""One run of a Distributed Map: its children and what becomes of them.

AWS runs up to 10,000 children at a time, this machine at most 256: each holds a thread while it runs. A map run fails,
and starts no more children, as soon as it has more failures than it tolerates.
"""

import json
import threading
from collections import deque
from contextlib import suppress

from ministack.core.responses import new_uuid, now_iso
from ministack.services import stepfunctions

from embedded_cloud.extension.iam.deciding import Check
from embedded_cloud.extension.iam.states import require_of_machine
from embedded_cloud.extension.stepfunctions.execution_context import (
    ExecutionError,
    count_transition,
    counted_execution,
    is_over,
    lineage,
    wake_waiting,
)
from embedded_cloud.extension.stepfunctions.executions import clock
from embedded_cloud.extension.stepfunctions.history import run_states
from embedded_cloud.extension.stepfunctions.inline_maps import run_each
from embedded_cloud.extension.stepfunctions.map_tally import Tally

MOST_CHILDREN = 256
EXPRESS_SECONDS = 300
LOOK_SECONDS = 1.0
# AWS describes children for weeks; keeping more would make every snapshot of the state slow.
CHILDREN_KEPT = 1000

_kept: deque[str] = deque()


class MapRun:
    """inputs are what the children get: items or batches, each of which counts as one item."""

    def __init__(self, state: dict, processor: dict, execution: dict, inputs: list, limits: dict):
        _, _, _, region, account, _, machine = execution["stateMachineArn"].split(":")[:7]
        label = state.get("Label") or new_uuid()
        self._states, self._first = processor.get("States", {}), processor.get("StartAt")
        self._kind = (processor.get("ProcessorConfig") or {}).get("ExecutionType", "STANDARD")
        self._prefix = f"arn:aws:states:{region}:{account}:execution:{machine}/{label}:"
        self._machine = f"arn:aws:states:{region}:{account}:stateMachine:{machine}/{label}"
        self._running: dict[str, dict] = {}
        self._changing = threading.Lock()
        self.failed = False
        # Those that never begin stay so.
        self.children = [{"status": "PENDING", "input": json.dumps(entry)} for entry in inputs]
        self._inputs = inputs
        self._tally = Tally(state, limits, len(inputs))
        self.description = {
            "mapRunArn": f"arn:aws:states:{region}:{account}:mapRun:{machine}/{label}:{new_uuid()}",
            "executionArn": execution["executionArn"],
            "status": "RUNNING",
            "startDate": now_iso(),
            **self._tally.description,
            "redriveCount": 0,
            "_stateMachineArn": self._machine,
        }

    def go(self, context: dict) -> None:
        """Runs the children; `failed` says whether more failed than is tolerated. Raises ExecutionError."""
        machine = self._machine.rpartition("/")[0]
        # AWS, "IAM policies for using Distributed Map state": children are started, looked at and stopped.
        children = [Check(f"states:{call}Execution", f"{self._prefix}*") for call in ("Describe", "Stop")]
        require_of_machine(
            "StepFunctions.AWSStepFunctionsException", Check("states:StartExecution", machine), *children
        )
        stepfunctions._map_runs[self.description["mapRunArn"]] = self.description
        if self._kind == "EXPRESS":
            clock.submit_after(LOOK_SECONDS, self._end_late_ones)
        limit = self.description["maxConcurrency"] or MOST_CHILDREN
        try:
            run_each(
                self._inputs, min(limit, MOST_CHILDREN), lambda index, given: self._run_child(index, given, context)
            )
        finally:
            status = "ABORTED" if is_over() else "FAILED" if self.failed else "SUCCEEDED"
            self.description.update(status=status, stopDate=now_iso())

    def _run_child(self, index: int, given: object, context: dict) -> None:
        if self.failed or is_over():
            return
        # Billed to the parent, whatever the child's kind.
        count_transition()
        child = self.children[index] = self._begin(self.children[index]["input"])
        ancestors = lineage.get()
        lineage.set((*ancestors, child))
        try:
            with counted_execution(child, self._kind):
                own = {"Id": child["executionArn"], "Input": given}
                own |= {"Name": child["name"], "StartTime": child["startDate"]}
                self._follow(child, given, {**context, "Execution": own})
        finally:
            lineage.set(ancestors)
            self._end(child)

    def _follow(self, child: dict, given: object, context: dict) -> None:
        try:
            output = json.dumps(run_states(self._states, self._first, given, child, context))
            final = {"status": "SUCCEEDED", "output": output}
        except ExecutionError as error:
            final = {"status": "FAILED", "error": error.error, "cause": error.cause}
        except Exception as error:
            final = {"status": "FAILED", "error": "States.Runtime", "cause": str(error)}
        # Its parent's end ends it too; it has not failed by itself.
        self._set_end(child, {"status": "ABORTED"} if is_over() else final)

    def _set_end(self, child: dict, final: dict) -> None:
        """The first end stands."""
        with self._changing:
            if child["status"] == "RUNNING":
                child.update(final, stopDate=now_iso())

    def _begin(self, given: str) -> dict:
        name = new_uuid()
        child = {
            "executionArn": self._prefix + name,
            "stateMachineArn": self._machine,
            "name": name,
            "status": "RUNNING",
            "startDate": now_iso(),
            "stopDate": None,
            "input": given,
            "output": None,
            "mapRunArn": self.description["mapRunArn"],
            "events": [],
        }
        stepfunctions._executions[child["executionArn"]] = child
        with self._changing:
            self._running[name] = child
            self._tally.begin()
        return child

    def _end(self, child: dict) -> None:
        with self._changing:
            del self._running[child["name"]]
            self._tally.end(child["status"])
            self.failed = self.failed or self._tally.has_too_many_failures()
        if self._kind == "EXPRESS":
            # AWS: an Express execution has no history.
            child["events"].clear()
        _kept.append(child["executionArn"])
        while len(_kept) > CHILDREN_KEPT:
            with suppress(KeyError):
                del stepfunctions._executions[_kept.popleft()]

    def _end_late_ones(self) -> None:
        """AWS: an Express execution lasts five minutes at most."""
        now = stepfunctions._parse_ts(now_iso())
        with self._changing:
            running = list(self._running.values())
        for child in running:
            if (now - stepfunctions._parse_ts(child["startDate"])).total_seconds() > EXPRESS_SECONDS:
                self._set_end(child, {"status": "TIMED_OUT", "error": "States.Timeout"})
                wake_waiting(child)
        if self.description["status"] == "RUNNING":
            clock.submit_after(LOOK_SECONDS, self._end_late_ones)
