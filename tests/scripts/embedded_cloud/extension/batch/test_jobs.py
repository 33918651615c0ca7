"""AWS: Batch user guide, "Job states", "Automated job retries", "Array jobs", "Job timeouts" and "Batch events"."""

import json

import psutil
import pytest
from botocore.exceptions import ClientError


def exits(code):
    return ["python", "-c", f"raise SystemExit({code})"]


def test_a_job_goes_through_every_state_and_each_is_an_event(cloud):
    url, arn = cloud.queue("job-changes")
    pattern = {"source": ["aws.batch"], "detail": {"jobName": ["stately"]}}
    cloud.client("events").put_rule(Name="stately", EventPattern=json.dumps(pattern))
    cloud.client("events").put_targets(Rule="stately", Targets=[{"Id": "only", "Arn": arn}])
    cloud.job_definition("stately", ["true"])
    job = cloud.submit("stately")
    events = [json.loads(message["Body"]) for message in cloud.messages(url, 6)]
    states = {event["detail"]["status"] for event in events}
    assert states == {"SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED"}
    assert {event["detail-type"] for event in events} == {"Batch Job State Change"}
    assert {event["detail"]["jobId"] for event in events} == {job}


def test_a_failing_job_is_tried_as_often_as_its_retry_strategy_says(cloud):
    cloud.job_definition("retried", exits(3), retryStrategy={"attempts": 2})
    job = cloud.job(cloud.submit("retried"), "FAILED")
    assert [attempt["container"]["exitCode"] for attempt in job["attempts"]] == [3, 3]
    assert job["statusReason"] == "Essential container in task exited"


def test_evaluate_on_exit_decides_whether_a_job_is_tried_again(cloud):
    rules = [{"onExitCode": "7", "action": "EXIT"}, {"onExitCode": "*", "action": "RETRY"}]
    cloud.job_definition("evaluated", exits(7), retryStrategy={"attempts": 3, "evaluateOnExit": rules})
    assert len(cloud.job(cloud.submit("evaluated"), "FAILED")["attempts"]) == 1


def test_an_array_job_runs_a_child_for_each_index_and_fails_with_any_of_them(cloud):
    cloud.job_definition(
        "array", ["python", "-c", "import os; exit(int(os.environ['AWS_BATCH_JOB_ARRAY_INDEX']) == 2)"]
    )
    parent = cloud.submit("array", arrayProperties={"size": 3})
    job = cloud.job(parent, "FAILED")
    assert job["arrayProperties"]["statusSummary"] == {"SUCCEEDED": 2, "FAILED": 1}
    failed = cloud.client("batch").list_jobs(arrayJobId=parent, jobStatus="FAILED")["jobSummaryList"]
    assert [child["jobId"] for child in failed] == [f"{parent}:2"]


def test_a_job_past_its_timeout_fails_and_is_not_tried_again(cloud):
    cloud.job_definition("overdue", ["sleep", "3600"], timeout={"attemptDurationSeconds": 60})
    options = {"timeout": {"attemptDurationSeconds": 1}, "retryStrategy": {"attempts": 2}}
    job = cloud.job(cloud.submit("overdue", **options), "FAILED")
    assert job["statusReason"] == "Job attempt duration exceeded timeout"
    assert len(job["attempts"]) == 1


@pytest.mark.parametrize(
    ("name", "command", "code"),
    [("terminated", "sleep 3600 & wait", 143), ("terminated-well", "trap 'exit 0' TERM; sleep 3600 & wait", 0)],
)
def test_a_terminated_job_fails_with_the_reason_given_however_its_command_ends(cloud, tmp_path, name, command, code):
    begun = tmp_path / "begun"
    cloud.job_definition(name, ["sh", "-c", command.replace("sleep", f"touch {begun}; sleep")])
    job = cloud.submit(name)
    cloud.job(job, "RUNNING")
    cloud.eventually(begun.exists)
    cloud.client("batch").terminate_job(jobId=job, reason="not needed")
    ended = cloud.job(job, "FAILED")
    assert (ended["statusReason"], ended["container"]["exitCode"]) == ("not needed", code)


def test_a_waiting_job_can_be_cancelled_and_never_starts(cloud):
    cloud.job_definition("cancelled", ["sleep", "3600"])
    running = [cloud.submit("cancelled") for _ in range(4)]
    for job in running:
        cloud.job(job, "RUNNING")
    waiting = cloud.submit("cancelled")
    assert cloud.job(waiting, "RUNNABLE")
    cloud.client("batch").cancel_job(jobId=waiting, reason="too late")
    cancelled = cloud.job(waiting, "FAILED")
    assert (cancelled["statusReason"], cancelled["attempts"]) == ("too late", [])
    for job in running:
        cloud.client("batch").terminate_job(jobId=job, reason="done")
        cloud.job(job, "FAILED")


def test_overrides_change_the_command_and_add_to_the_environment(cloud):
    cloud.job_definition("overridden", ["false"])
    overrides = {
        "command": ["python", "-c", "import os; print(os.environ['COLOUR'], os.environ['AWS_BATCH_JOB_ATTEMPT'])"],
        "environment": [{"name": "COLOUR", "value": "green"}],
    }
    job = cloud.job(cloud.submit("overridden", containerOverrides=overrides), "SUCCEEDED")
    stream = job["container"]["logStreamName"]
    events = cloud.client("logs").get_log_events(logGroupName="/aws/batch/job", logStreamName=stream)["events"]
    assert [event["message"] for event in events] == ["green 1"]


def test_a_command_that_is_not_there_fails_the_job_with_a_reason(cloud):
    cloud.job_definition("absent", ["no-such-command"])
    job = cloud.job(cloud.submit("absent"), "FAILED")
    assert job["statusReason"].startswith("CannotStartContainerError")


def test_a_deregistered_definition_takes_no_more_jobs(cloud):
    arn = cloud.job_definition("retired", ["true"])
    batch = cloud.client("batch")
    batch.deregister_job_definition(jobDefinition=arn)
    assert batch.describe_job_definitions(jobDefinitions=[arn])["jobDefinitions"][0]["status"] == "INACTIVE"
    with pytest.raises(ClientError, match="not found or not active"):
        cloud.submit("retired")


def test_terminating_an_array_job_ends_its_children_and_then_itself(cloud):
    cloud.job_definition("ended-array", ["sleep", "3600"])
    parent = cloud.submit("ended-array", arrayProperties={"size": 6})
    cloud.job(f"{parent}:0", "RUNNING")
    cloud.client("batch").terminate_job(jobId=parent, reason="stop all")
    cloud.job(parent, "FAILED")
    children = cloud.client("batch").describe_jobs(jobs=[f"{parent}:{index}" for index in range(6)])["jobs"]
    assert {(child["status"], child["statusReason"]) for child in children} == {("FAILED", "stop all")}


def test_a_job_knows_its_id_and_its_attempt(cloud):
    code = "import os; print(os.environ['AWS_BATCH_JOB_ID'], os.environ['AWS_BATCH_JOB_ATTEMPT'])"
    cloud.job_definition("knowing", ["python", "-c", code])
    job = cloud.submit("knowing")
    cloud.job(job, "SUCCEEDED")
    assert f"{job} 1" in cloud.log_lines("/aws/batch/job")


@pytest.mark.parametrize("strategy", [{}, {"retryStrategy": {"attempts": 1}}])
def test_a_job_of_one_attempt_fails_after_it(cloud, strategy):
    name = f"single-{len(strategy)}"
    cloud.job_definition(name, exits(1), **strategy)
    assert len(cloud.job(cloud.submit(name), "FAILED")["attempts"]) == 1


def test_the_process_of_a_terminated_job_has_ended_when_the_job_has_failed(cloud):
    code = "import os, time; print('pid', os.getpid(), flush=True); time.sleep(3600)"
    cloud.job_definition("ended", ["python", "-c", code], retryStrategy={"attempts": 3})
    job = cloud.submit("ended")
    line = cloud.eventually(lambda: [line for line in cloud.log_lines("/aws/batch/job") if line.startswith("pid ")])[0]
    cloud.client("batch").terminate_job(jobId=job, reason="cancelled")
    failed = cloud.job(job, "FAILED")
    assert not psutil.pid_exists(int(line.removeprefix("pid ")))
    assert (failed["statusReason"], len(failed["attempts"])) == ("cancelled", 1)
