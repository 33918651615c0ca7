"""Sweeping: look after every job that has not ended, and do for it what somebody died before doing."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from boto3.dynamodb.conditions import Attr

from rollcall.barrier import barrier
from rollcall.engines import Engine
from rollcall.observability import logger
from rollcall.records import jobs as job_record
from rollcall.records import locks
from rollcall.records.jobs import UNSETTLED, JobState, timeline_event
from rollcall.records.rows import JobRow
from sweep_jobs import executions
from sweep_jobs.executions import Action
from sweep_jobs.late_chunks import LateChunks

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_lambda.client import LambdaClient
    from mypy_boto3_stepfunctions.client import SFNClient

UNDONE = (JobState.PARTITIONING, *UNSETTLED)


@dataclass(frozen=True)
class Sweeper:
    """The tables, clients of Step Functions and Lambda, what looks after late chunks, and what is called by name."""

    jobs: "Table"
    progress: "Table"
    sfn: "SFNClient"
    functions: "LambdaClient"
    late_chunks: LateChunks
    state_machine_arn: str
    finish_function: str

    def sweep(self, job_id: str, now: datetime) -> str:
        """Do what an open job needs, and return it in words; "" if it needs nothing."""
        row = job_record.read(self.jobs, job_id)
        if lock := row.get("lock"):
            locks.renew(self.jobs, lock, job_id)
        execution = self.execution(row)
        if (at := row.get("deadline_at")) and row["state"] in UNDONE and now > datetime.fromisoformat(at):
            return self.end_late(row, execution, at)
        action = executions.decide(row, execution.get("status"), now)
        if action == Action.CLOSE:
            self.close(row, execution)
        elif action == Action.RESTART:
            self.restart(row, execution)
        else:
            return self.look_at_barrier(row, now)
        return action.value

    def end_late(self, row: JobRow, execution: dict, deadline: str) -> str:
        """End a job that has not settled by its deadline: first its row says so, then its execution is stopped.

        Step Functions tells of that the function that finishes jobs, which counts what has not run.
        """
        reason = f"its deadline, {deadline}, has passed"
        changes = {"state": JobState.FAILED, "error": reason, "finished_at": job_record.now()}
        event = timeline_event("deadline passed", run=row["run"])
        this_run = Attr("run").eq(row["run"])
        if not job_record.update(self.jobs, row["job_id"], changes, only_in=UNDONE, where=this_run, event=event)[0]:
            return ""
        self.stop(row, execution, "DeadlinePassed", reason)
        return "ended late"

    def stop(self, row: JobRow, execution: dict, error: str, cause: str) -> bool:
        """Stop an execution that runs; whether it did."""
        runs = execution.get("status") == "RUNNING"
        if runs:
            self.sfn.stop_execution(executionArn=self.execution_arn(row), error=error, cause=cause)
        return runs

    def look_at_barrier(self, row: JobRow, now: datetime) -> str:
        if row["state"] == JobState.SETTLED:
            barrier.send_token(self.sfn, row)
        if row["state"] not in UNSETTLED:
            return ""
        plan = job_record.read_plan(self.jobs, row["job_id"], row["run"])
        barrier.check(plan, self.progress, self.jobs, self.sfn)
        if plan.engine != Engine.EVENTS:  # its state machine waits for each chunk itself, and retries it
            return ""
        return self.late_chunks.look_after(row, plan, now) if row["state"] == JobState.RUNNING else ""

    def execution(self, row: JobRow, before: int = 0) -> dict:
        """The execution that carries a job, or the one so many restarts before it; {} when there is none."""
        try:
            return {**self.sfn.describe_execution(executionArn=self.execution_arn(row, before))}
        except self.sfn.exceptions.ExecutionDoesNotExist:
            return {}

    def execution_arn(self, row: JobRow, before: int = 0) -> str:
        name = job_record.execution_name(row["job_id"], row["run"], row["restarts"] - before)
        return f"{self.state_machine_arn.replace(':stateMachine:', ':execution:')}:{name}"

    def close(self, row: JobRow, execution: dict) -> None:
        """Tell the function that finishes jobs of the execution's end, as Step Functions does.

        One that runs is stopped: Step Functions tells of that.
        """
        if self.stop(row, execution, "JobEnded", f"its job is {row['state']}"):
            return
        arn = self.execution_arn(row)
        told = execution or {"status": "ABORTED", "cause": f"there is no execution {arn}"}
        detail = {name: told[name] for name in ("status", "error", "cause") if told.get(name)}
        started = datetime.fromisoformat(row["created_at"])
        detail |= {"executionArn": arn, "name": arn.rpartition(":")[2], "startDate": int(started.timestamp() * 1000)}
        event = {"detail-type": "Step Functions Execution Status Change", "detail": detail}
        payload = json.dumps(event).encode()
        self.functions.invoke(FunctionName=self.finish_function, InvocationType="Event", Payload=payload)

    def restart(self, row: JobRow, execution: dict) -> None:
        """Start a new execution with the same input. It is counted first, so that there are never two.

        Where one was counted and not started, it is started now.
        """
        job_id, run, restarts = row["job_id"], row["run"], row["restarts"]
        if execution:
            same = Attr("run").eq(run) & Attr("restarts").eq(restarts)
            restarts += 1
            event = timeline_event("restarted", run=run, restart=restarts, status=execution["status"])
            changes = {"restarts": restarts}
            if not job_record.update(self.jobs, job_id, changes, only_in=UNDONE, where=same, event=event)[0]:
                return
        else:
            execution = self.execution(row, before=1)
        name = job_record.execution_name(job_id, run, restarts)
        try:
            self.sfn.start_execution(stateMachineArn=self.state_machine_arn, name=name, input=execution["input"])
        except self.sfn.exceptions.ExecutionAlreadyExists:
            logger.info("restarted already", job_id=job_id, execution=name)
