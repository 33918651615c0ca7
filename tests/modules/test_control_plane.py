"""What each function of the platform is told and may do."""

import json
import re
from dataclasses import fields

import pytest
from tests.asl.machines import EVERY, composed, definitions
from tests.modules.conftest import (
    BUS,
    DEPLOYMENT,
    JOB_STORE,
    Application,
    actions,
    allowed,
    of_function,
    queue,
    refuses_without_tls,
)
from tests.terraform.running import FUNCTIONS

from rollcall.settings import Settings, variable
from state_machines import ENGINES

BRANCHES = 3
TOO_FEW = 126  # to reserve places, and leave a hundred to all else

KEY = "arn:aws:kms:eu-west-1:123456789012:key/some"


def control_plane(
    engines: list[str],
    machine: str,
    lambda_concurrency: int = 1000,
    input_keys: tuple[str, ...] = (),
    kept: int = 0,
) -> Application:
    zips = {name: {"bucket": "rollcall-dev-1", "key": f"code/{name}.zip", "sha256": "0"} for name in FUNCTIONS}
    variables = {
        "deployment": DEPLOYMENT,
        "job_store": JOB_STORE,
        "event_bus": BUS,
        "platform": {
            **{"runtime": "python3.12", "architecture": "arm64"},
            **{"layer_arn": "arn:aws:lambda:::layer", "parquet_layer_arn": "arn:aws:lambda:::parquet"},
        },
        "zips": zips,
        "state_machine": {"definition": definitions()[machine], "branches": BRANCHES},
        "engines": engines,
        "job_types": ["valuation"],
        "input_buckets": ["elsewhere"],
        "input_keys": list(input_keys),
        "lambda_concurrency": lambda_concurrency,
        "control_concurrency": kept,
        "network": {"subnet_ids": ["subnet-1", "subnet-2"], "security_group_id": "sg-1"},
        "log_retention_days": 30,
    }
    answers = {
        "aws_sqs_queue.settlements": queue("settlements"),
        "aws_sqs_queue.dead_settlements": queue("settlements-dlq"),
        "aws_sqs_queue.undelivered": queue("undelivered-dlq"),
        "aws_sqs_queue.dead_merges": queue("merges-dlq"),
    }
    return Application("control_plane", variables, answers)


def applications() -> dict[str, Application]:
    return {
        "prod": control_plane(["events"], "prod"),
        "every engine, inputs encrypted": control_plane(ENGINES, EVERY, input_keys=(KEY,)),
        "places kept": control_plane(["events"], "prod", kept=20),
        **{f"{most} Lambdas": control_plane(["events"], "prod", most) for most in (TOO_FEW, TOO_FEW + 1)},
    }


@pytest.fixture(scope="module")
def platform(applied):
    return applied("prod")


@pytest.fixture(scope="module")
def with_every_engine(applied):
    return applied("every engine, inputs encrypted")


def told(platform, function: str) -> dict[str, str]:
    (environment,) = platform.function(function)["environment"]
    return environment["variables"]


def may(platform, function: str, resource: str) -> set[str]:
    return {action.partition(":")[2] for action in actions(platform.function_statements(function), resource)}


TOLD = {
    "partition_job": {"jobs_table", "parameters", "next_steps", "engines", "branches"},
    "dispatch_chunks": {"jobs_table", "progress_table", "workers_table", "bus"},
    "arm_barrier": {"jobs_table"},
    "track_settlements": {"jobs_table", "progress_table", "dead_settlements_queue_url", "trusted_roles"},
    "start_tasks": {"cluster", "subnets", "security_group"},
    "handle_worker_failures": {"jobs_table", "workers_table", "parameters", "bus", "settlements_queue_url"},
    "sweep_jobs": {
        "jobs_table",
        "progress_table",
        "workers_table",
        "parameters",
        "bus",
        "settlements_queue_url",
        "state_machine_arn",
        "dispatch_function",
        "finish_function",
    },
    "record_answers": {"jobs_table", "progress_table"},
    "finish_job": {"jobs_table", "progress_table", "workers_table", "bus", "cluster"},
    "merge_results": {"jobs_table", "bus"},
}


@pytest.mark.parametrize("function", TOLD)
def test_a_function_is_told_what_it_needs_and_nothing_else(platform, function):
    names = {name for name in told(platform, function) if name.startswith("ROLLCALL_")}
    assert names == {variable(name) for name in {"environment", "bucket"} | TOLD[function]}
    assert names <= {variable(field.name) for field in fields(Settings)}


def test_only_who_reads_inputs_has_the_layer_that_reads_parquet(platform):
    assert [name for name in TOLD if "arn:aws:lambda:::parquet" in platform.function(name)["layers"]] == [
        "partition_job"
    ]


def test_functions_that_call_each_other_by_name_have_the_right_names(platform):
    sweeper = told(platform, "sweep_jobs")
    for setting, function in (("dispatch_function", "dispatch_chunks"), ("finish_function", "finish_job")):
        assert sweeper[variable(setting)] == platform.function(function)["function_name"]
    machine = platform.resources["aws_sfn_state_machine.job"]["name"]
    assert sweeper["ROLLCALL_STATE_MACHINE_ARN"] == f"arn:aws:states:eu-west-1:123456789012:stateMachine:{machine}"


def test_only_this_deployment_s_roles_and_the_settled_rule_send_settlements(platform):
    _, allowed, denied = platform.statements("aws_sqs_queue.settlements")
    rule = platform.resources["aws_cloudwatch_event_rule.chunk_settled"]["name"]
    assert allowed["Principal"] == {"Service": "events.amazonaws.com"}
    assert allowed["Condition"]["ArnEquals"]["aws:SourceArn"].endswith(f":rule/rollcall-dev/{rule}")
    assert (denied["Effect"], denied["Principal"], denied["Action"]) == ("Deny", "*", "sqs:SendMessage")
    assert denied["Resource"] == allowed["Resource"]
    assert denied["Condition"] == {
        "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:role/rollcall-dev-*"},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }


@pytest.mark.parametrize("name", ["settlements", "dead_settlements", "undelivered"])
def test_a_queue_refuses_whatever_does_not_come_over_tls(platform, name):
    assert refuses_without_tls(platform, f"aws_sqs_queue.{name}")


def test_a_job_stopped_from_outside_is_told_of_to_the_function_that_finishes_it(platform):
    pattern = json.loads(platform.resources["aws_cloudwatch_event_rule.ended_executions"]["event_pattern"])
    assert pattern["source"] == ["aws.states"]
    assert pattern["detail"] == {
        "stateMachineArn": ["arn:aws:states:eu-west-1:123456789012:stateMachine:rollcall-dev-job"],
        "status": ["FAILED", "TIMED_OUT", "ABORTED"],
    }


# Function => resource, by the end of its ARN => what is allowed there. Each is there because a call needs it.
BUCKET, FILES = "rollcall-dev-1", "rollcall-dev-1/jobs/*"
JOBS, PROGRESS, WORKERS = (f"table/rollcall-dev-{name}" for name in ("jobs", "progress", "workers"))
QUEUES, SETTLEMENTS = "rollcall-dev-route-*", "rollcall-dev-settlements"
JOB_MACHINE, EXECUTIONS = "stateMachine:rollcall-dev-job", "execution:rollcall-dev-job:*"
PARAMETERS = {f"parameter/rollcall/dev/routes{below}": "GetParametersByPath" for below in ("", "/*")}
SEES_JOB = {JOBS: "GetItem UpdateItem"}
STARTS_WORKERS = {WORKERS: "DeleteItem PutItem Query UpdateItem", "event-bus/rollcall-dev": "PutEvents"}
OPENS_BARRIER = {JOB_MACHINE: "SendTaskSuccess"}
COUNTS = {PROGRESS: "BatchGetItem UpdateItem"}
UNDELIVERED = "rollcall-dev-undelivered-dlq"
LEAVES_LETTERS = {UNDELIVERED: "SendMessage"}
SETTLES_ITSELF = {f"{FILES}/results/*": "PutObject", SETTLEMENTS: "SendMessage"}
MAY = {
    "partition_job": {
        **{"elsewhere": "ListBucket", "elsewhere/*": "GetObject", BUCKET: "ListBucket", f"{BUCKET}/*": "GetObject"},
        **{FILES: "AbortMultipartUpload PutObject", JOBS: "GetItem PutItem UpdateItem"},
        **PARAMETERS,
    },
    "dispatch_chunks": {
        **{FILES: "GetObject", PROGRESS: "BatchGetItem", QUEUES: "SendMessage"},
        **LEAVES_LETTERS,
        **SEES_JOB,
        **STARTS_WORKERS,
    },
    "arm_barrier": {**SEES_JOB, **OPENS_BARRIER},
    "track_settlements": {
        **{SETTLEMENTS: "DeleteMessage GetQueueAttributes ReceiveMessage", f"{SETTLEMENTS}-dlq": "SendMessage"},
        **SEES_JOB,
        **COUNTS,
        **OPENS_BARRIER,
    },
    "handle_worker_failures": {
        QUEUES: "ChangeMessageVisibility DeleteMessage GetQueueAttributes ReceiveMessage",
        **{f"{QUEUES}-dlq": "SendMessage", JOBS: "GetItem", FILES: "GetObject"},
        **PARAMETERS,
        **STARTS_WORKERS,
        **SETTLES_ITSELF,
        WORKERS: "DeleteItem GetItem PutItem Query UpdateItem",
        UNDELIVERED: "DeleteMessage GetQueueAttributes ReceiveMessage SendMessage",
    },
    "start_tasks": {
        "task-definition/rollcall-dev-route-*:*": "RunTask",
        **{f"role/rollcall-dev-{name}": "PassRole" for name in ("execution", "route-*")},
        **LEAVES_LETTERS,
    },
    "sweep_jobs": {
        **{FILES: "GetObject", f"{JOBS}/index/open": "Query", QUEUES: "GetQueueAttributes"},
        **{JOB_MACHINE: "SendTaskSuccess StartExecution", EXECUTIONS: "DescribeExecution StopExecution"},
        **{f"function:rollcall-dev-{name}": "InvokeFunction" for name in ("dispatch-chunks", "finish-job")},
        **SEES_JOB,
        **COUNTS,
        **PARAMETERS,
        **STARTS_WORKERS,
        **SETTLES_ITSELF,
        **LEAVES_LETTERS,
    },
    "record_answers": {
        **{FILES: "GetObject", f"{FILES}/results/*": "PutObject", PROGRESS: "UpdateItem"},
        **SEES_JOB,
    },
    "finish_job": {
        **{BUCKET: "ListBucket", FILES: "GetObject", f"{FILES}/receipts/*": "PutObject"},
        **{JOBS: "DeleteItem GetItem UpdateItem", WORKERS: "Query", "event-bus/rollcall-dev": "PutEvents"},
        **{"task/rollcall-dev/*": "StopTask", "job/*": "TerminateJob", EXECUTIONS: "DescribeExecution"},
        **COUNTS,
        **LEAVES_LETTERS,
    },
    "merge_results": {
        **{BUCKET: "ListBucket", FILES: "GetObject", f"{FILES}/runs/*/results/*": "AbortMultipartUpload PutObject"},
        **{JOBS: "GetItem", "event-bus/rollcall-dev": "PutEvents", "rollcall-dev-merges-dlq": "SendMessage"},
    },
}
LOGS = {"log-group:some:*": "CreateLogStream PutLogEvents"}


@pytest.mark.parametrize("function", TOLD)
def test_a_function_may_do_what_it_needs_and_nothing_else(platform, function):
    found = allowed(platform.function_statements(function))
    assert found == {**MAY[function], **LOGS}


def test_whoever_asks_for_workers_puts_no_other_event_on_the_bus(platform):
    askers = {
        name: statement["Condition"]["ForAllValues:StringEquals"]["events:detail-type"]
        for name in TOLD
        for statement in platform.function_statements(name)
        if statement["Action"] == ["events:PutEvents"]
    }
    starters = ("dispatch_chunks", "handle_worker_failures", "sweep_jobs")
    assert askers == dict.fromkeys(starters, "Worker Requested") | {
        "finish_job": "Job Finished",
        "merge_results": "Merge Requested",
    }


def test_only_who_reads_inputs_may_use_the_keys_they_are_encrypted_with_and_only_by_way_of_s3(with_every_engine):
    found = {
        name: statement["Condition"]
        for name in TOLD
        for statement in with_every_engine.function_statements(name)
        if statement["Resource"] == [KEY] and statement["Action"] == ["kms:Decrypt"]
    }
    assert found == {"partition_job": {"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}}


def reserved(platform) -> dict[str, int]:
    found = {name: platform.function(name) for name in TOLD}
    return {name: values["reserved_concurrent_executions"] for name, values in found.items()}


def test_what_goes_on_by_itself_has_places_that_workers_cannot_take(platform):
    places = {name: places for name, places in reserved(platform).items() if places >= 0}
    assert places == {"track_settlements": 5, "handle_worker_failures": 10, "sweep_jobs": 2, "merge_results": 10}
    trackers = platform.resources[of_function("track_settlements", "aws_lambda_event_source_mapping.queue[0]")][
        "scaling_config"
    ]
    assert trackers == [{"maximum_concurrency": places["track_settlements"]}]


@pytest.mark.parametrize("account, reserves", [(TOO_FEW, False), (TOO_FEW + 1, True)])
def test_an_account_of_which_a_hundred_would_not_stay_unreserved_reserves_nothing(applied, account, reserves):
    places = reserved(applied(f"{account} Lambdas"))
    assert any(number >= 0 for number in places.values()) == reserves


def test_settlements_outlast_a_tracker_that_is_throttled_for_ten_minutes(platform):
    queue = platform.resources["aws_sqs_queue.settlements"]
    tries = json.loads(queue["redrive_policy"])["maxReceiveCount"]
    assert (tries - 1) * queue["visibility_timeout_seconds"] >= 600


def test_a_function_says_that_it_is_throttled_before_its_own_time_is_over(platform):
    """botocore, standard mode: before each further try at most twice as long as before, and at most 20 s."""
    for name in TOLD:
        function = platform.function(name)
        (told,) = function["environment"]
        assert told["variables"]["AWS_RETRY_MODE"] == "standard"
        waits = (min(2**retry, 20) for retry in range(int(told["variables"]["AWS_MAX_ATTEMPTS"]) - 1))
        assert sum(waits) <= function["timeout"] / 2, name


def test_where_others_fill_the_account_all_that_jobs_wait_for_has_places_of_its_own(applied):
    places = reserved(applied("places kept"))
    waited_for = {"partition_job", "dispatch_chunks", "arm_barrier", "record_answers", "finish_job", "start_tasks"}
    assert {name for name, number in places.items() if number == 20} == waited_for
    assert min(places.values()) > 0 and sum(places.values()) == 27 + 6 * 20  # as route_schema counts them


def test_sweeps_that_found_no_place_do_not_pile_up(platform):
    config = platform.resources[of_function("sweep_jobs", "aws_lambda_function_event_invoke_config.this[0]")]
    assert (config["maximum_retry_attempts"], config["maximum_event_age_in_seconds"]) == (0, 60)


def test_a_barrier_is_opened_where_settlements_are_counted_and_where_it_is_armed(platform):
    openers = {name for name in TOLD if "SendTaskSuccess" in may(platform, name, "stateMachine:rollcall-dev-job")}
    assert openers == {"arm_barrier", "track_settlements", "sweep_jobs"}


def test_refused_settlements_are_set_aside_by_the_tracker_alone(platform):
    senders = {name for name in TOLD if "SendMessage" in may(platform, name, "rollcall-dev-settlements-dlq")}
    assert senders == {"track_settlements"}


def test_only_the_end_of_a_job_releases_locks_and_it_deletes_nothing_else(platform):
    deleters = {name for name in TOLD if "DeleteItem" in may(platform, name, "rollcall-dev-jobs")}
    assert deleters == {"finish_job"}
    (statement,) = [
        statement
        for statement in platform.function_statements("finish_job")
        if "dynamodb:DeleteItem" in statement["Action"]
    ]
    assert statement["Condition"] == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["lock:*"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }


def test_the_end_of_a_job_may_stop_tasks_of_its_own_cluster_alone(platform):
    assert may(platform, "finish_job", "task/rollcall-dev/*") == {"StopTask"}


def test_a_task_is_started_in_the_deployment_s_cluster_with_the_roles_of_its_routes_alone(platform):
    statements = platform.function_statements("start_tasks")
    run, hand = ([s for s in statements if s["Action"] == [action]][0] for action in ("ecs:RunTask", "iam:PassRole"))
    ecs, roles = "arn:aws:ecs:eu-west-1:123456789012", "arn:aws:iam::123456789012:role"
    assert run["Resource"] == [f"{ecs}:task-definition/rollcall-dev-route-*:*"]
    assert run["Condition"] == {"ArnEquals": {"ecs:cluster": f"{ecs}:cluster/rollcall-dev"}}
    assert hand["Resource"] == [f"{roles}/rollcall-dev-execution", f"{roles}/rollcall-dev-route-*"]
    assert hand["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    starters = {name for name in TOLD if "RunTask" in may(platform, name, "task-definition/rollcall-dev-route-*:*")}
    assert starters == {"start_tasks"}


def test_a_task_starts_in_the_deployment_s_network(platform):
    settings = told(platform, "start_tasks")
    assert settings["ROLLCALL_SUBNETS"] == "subnet-1,subnet-2"
    assert settings["ROLLCALL_SECURITY_GROUP"] == "sg-1"


def test_the_rules_of_routes_start_tasks(platform):
    permission = platform.resources[of_function("start_tasks", 'aws_lambda_permission.rule["rules-of-routes"]')]
    assert permission["source_arn"] == "arn:aws:events:eu-west-1:123456789012:rule/rollcall-dev/rollcall-dev-*"


def test_what_could_not_be_delivered_is_read_by_the_failure_handler(platform):
    mapping = platform.resources[of_function("handle_worker_failures", "aws_lambda_event_source_mapping.queue[0]")]
    undelivered = queue("undelivered-dlq")["arn"]
    assert mapping["event_source_arn"] == undelivered
    assert mapping["function_response_types"] == ["ReportBatchItemFailures"]
    for name in ("start_tasks", "handle_worker_failures", "finish_job", "dispatch_chunks", "sweep_jobs"):
        told_to = platform.resources[of_function(name, "aws_lambda_function_event_invoke_config.this[0]")]
        assert told_to["destination_config"][0]["on_failure"] == [{"destination": undelivered}]


def test_only_rules_that_tell_the_platform_leave_undelivered_events(platform, with_every_engine):
    default, bus = (f"arn:aws:events:eu-west-1:123456789012:rule/{name}rollcall-dev" for name in ("", "rollcall-dev/"))
    for each, rules in ((platform, []), (with_every_engine, [f"{bus}-count-answer"])):
        _, statement = each.statements("aws_sqs_queue.undelivered")
        assert statement["Principal"] == {"Service": "events.amazonaws.com"}
        assert statement["Condition"] == {"ArnLike": {"aws:SourceArn": [f"{default}-ended-*", *rules]}}


WORDS = {
    **dict.fromkeys(
        ("partition_job", "dispatch_chunks", "arm_barrier", "record_answers", "finish_job"),
        "arn:aws:lambda:eu-west-1:123456789012:function:some",
    ),
    "next_step_prefix": "rollcall-dev-next-",
    "bus": BUS["name"],
    "bucket": JOB_STORE["bucket"]["name"],
}
JOB_FILES = "arn:aws:s3:::rollcall-dev-1/jobs/*"
MACHINE = "arn:aws:states:eu-west-1:123456789012:stateMachine:rollcall-dev-job"


def definition(platform) -> dict:
    return json.loads(platform.resources["aws_sfn_state_machine.job"]["definition"])


def filled(machine: str) -> dict:
    return json.loads(re.sub(r"\$\{(\w+)\}", lambda word: WORDS[word[1]], json.dumps(composed(machine))))


def test_the_state_machine_is_the_one_put_together_with_every_word_filled_in(platform, with_every_engine):
    assert definition(platform) == filled("prod")
    assert definition(with_every_engine) == filled(EVERY)


def test_the_state_machine_may_do_only_what_its_engines_need(platform, with_every_engine):
    """events needs its functions alone; those of others are workers, the bus, children, units and answers."""
    found = {
        each: {statement["Sid"] for statement in of.statements("aws_iam_role_policy.state_machine")}
        for each, of in (("events", platform), ("all", with_every_engine))
    }
    assert found["all"] - found["events"] == {"CallWorkers", "PushChunks", "RunChildren", "ReadUnits", "WriteAnswers"}
    statements = with_every_engine.statements("aws_iam_role_policy.state_machine")
    assert actions(statements, ":function:rollcall-dev-route-*") == {"lambda:InvokeFunction"}
    assert actions(statements, BUS["arn"]) == {"events:PutEvents"}
    assert "states:StartExecution" in actions(statements, MACHINE)
    for children in (":*", "/*"):
        watched = actions(statements, MACHINE.replace("stateMachine:", "execution:") + children)
        assert watched >= {"states:DescribeExecution", "states:StopExecution"}
    assert actions(statements, f"{JOB_FILES}/units.jsonl") == {"s3:GetObject"}
    assert "s3:PutObject" in actions(statements, f"{JOB_FILES}/answers/*")


def test_partitioning_knows_the_engines_and_branches_that_the_state_machine_has(with_every_engine):
    settings = told(with_every_engine, "partition_job")
    assert settings["ROLLCALL_ENGINES"].split(",") == ENGINES
    assert int(settings["ROLLCALL_BRANCHES"]) == BRANCHES
