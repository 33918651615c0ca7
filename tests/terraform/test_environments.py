"""What every environment's plan must hold, read from Terraform's own account of it."""

import json
import re

import pytest
from tests.terraform.running import ENVIRONMENTS, ROOT

from rollcall.dispatch.slots import LEASE_SECONDS, START_SECONDS
from rollcall.events import WorkerRequested, envelope
from state_machines import ENGINES

ROUTES = {"*", "equity", "option.european", "option.american", "scenario"}
ONLY_LOCAL = {"probe", "published"}  # to try the platform with
CONTAINERS = {"option.american", "scenario"}
WORKER = envelope(WorkerRequested("option.american", slot=0, worker="W", attempt=1))["detail"]


def of_type(plan: dict[str, dict], kind: str) -> dict[str, dict]:
    return {address: values for address, values in plan.items() if re.search(rf"(^|\.){kind}\.", address)}


def per_route(plan: dict[str, dict], resource: str) -> dict[str, dict]:
    """Data type => values of one resource of the modules route and worker."""
    found = {re.match(rf'module\.(?:route|worker)\["(.+)"\]\.{resource}$', address): plan[address] for address in plan}
    return {match[1]: values for match, values in found.items() if match}


def of_platform(function: str, resource: str) -> str:
    """Where a resource of a function of the platform stands."""
    return f'module.control_plane.module.function["{function}"].{resource}'


def fill(target: dict, detail: dict) -> dict:
    """What EventBridge makes of an event with the target's input transformer."""
    transformer = target["input_transformer"][0]
    text = transformer["input_template"]
    for name, path in transformer["input_paths"].items():
        text = text.replace(f"<{name}>", str(detail[path.removeprefix("$.detail.")]))
    return json.loads(text)


def test_every_route_has_one_rule_one_target_two_queues_and_one_parameter(plan):
    for resource in (
        "aws_cloudwatch_event_rule.worker_requested",
        "aws_cloudwatch_event_target.worker",
        "aws_sqs_queue.route",
        "aws_sqs_queue.dead_letters",
        "aws_ssm_parameter.route",
    ):
        assert per_route(plan, resource).keys() - ONLY_LOCAL == ROUTES


def test_a_rule_takes_the_requests_of_its_data_type_alone_and_chunks_only_where_an_engine_pushes_them(
    plan, environment
):
    for data_type, rule in per_route(plan, "aws_cloudwatch_event_rule.worker_requested").items():
        pushed = ["Chunk Pushed"] if environment == "local" and data_type not in CONTAINERS else []
        assert json.loads(rule["event_pattern"]) == {
            "source": ["rollcall"],
            "detail-type": ["Worker Requested", *pushed],
            "detail": {"data_type": [data_type]},
        }


def test_names_follow_the_environment_and_the_data_type(plan, environment):
    rules = per_route(plan, "aws_cloudwatch_event_rule.worker_requested")
    queues = per_route(plan, "aws_sqs_queue.route")
    parameters = per_route(plan, "aws_ssm_parameter.route")
    assert rules["option.american"]["name"] == f"rollcall-{environment}-option-american"
    assert queues["*"]["name"] == f"rollcall-{environment}-route-unrouted"
    assert parameters["equity"]["name"] == f"/rollcall/{environment}/routes/equity"


def test_a_batch_target_hands_the_job_the_request_as_parameters_of_its_command(plan):
    target = per_route(plan, "aws_cloudwatch_event_target.worker")["scenario"]
    parameters = fill(target, WORKER)["Parameters"]
    assert list(parameters.items()) == sorted((name, str(value)) for name, value in WORKER.items())


def test_a_lambda_target_gets_the_whole_event(plan):
    assert per_route(plan, "aws_cloudwatch_event_target.worker")["equity"]["input_transformer"] == []


def test_a_start_is_tried_for_five_minutes_and_then_told_as_failed(plan):
    for target in per_route(plan, "aws_cloudwatch_event_target.worker").values():
        assert target["retry_policy"] == [{"maximum_event_age_in_seconds": 300, "maximum_retry_attempts": 185}]
        assert len(target["dead_letter_config"]) == 1


def test_a_task_that_cannot_be_started_is_told_of_before_its_slot_counts_as_free(plan):
    """On the way to the function, in Lambda's queue, and in the function itself."""
    (policy,) = per_route(plan, "aws_cloudwatch_event_target.worker")["option.american"]["retry_policy"]
    config = plan[of_platform("start_tasks", "aws_lambda_function_event_invoke_config.this[0]")]
    function = plan[of_platform("start_tasks", "aws_lambda_function.this")]
    ages = policy["maximum_event_age_in_seconds"] + config["maximum_event_age_in_seconds"]
    assert config["maximum_retry_attempts"] == 2
    assert ages + function["timeout"] < START_SECONDS["fargate"]


def test_no_platform_repeats_a_worker_by_itself(plan):
    invocations = of_type(plan, "aws_lambda_function_event_invoke_config")
    of_workers = [each for address, each in invocations.items() if "compute_lambda" in address]
    assert {(i["maximum_retry_attempts"], i["maximum_event_age_in_seconds"]) for i in of_workers} == {(0, 300)}
    (definition,) = of_type(plan, "aws_batch_job_definition").values()
    assert definition["retry_strategy"][0]["attempts"] == 1


def test_every_queue_is_encrypted(plan):
    assert all(queue["sqs_managed_sse_enabled"] for queue in of_type(plan, "aws_sqs_queue").values())


def test_the_chunks_of_a_dead_worker_come_back_when_its_lease_is_over(plan):
    queues = per_route(plan, "aws_sqs_queue.route").values()
    assert {queue["visibility_timeout_seconds"] for queue in queues} == {LEASE_SECONDS}


def test_a_queue_read_by_a_function_hides_a_message_six_times_as_long_as_that_may_run(plan):
    letters = [
        *per_route(plan, "aws_sqs_queue.dead_letters").values(),
        plan["module.control_plane.aws_sqs_queue.undelivered"],
    ]
    settlements = plan["module.control_plane.aws_sqs_queue.settlements"]
    assert {q["visibility_timeout_seconds"] for q in letters} == {
        6 * plan[of_platform("handle_worker_failures", "aws_lambda_function.this")]["timeout"]
    }
    tracker = plan[of_platform("track_settlements", "aws_lambda_function.this")]
    assert settlements["visibility_timeout_seconds"] == 6 * tracker["timeout"]


def test_settlements_are_counted_in_large_batches_with_single_failures_reported(plan):
    mapping = plan[of_platform("track_settlements", "aws_lambda_event_source_mapping.queue[0]")]
    assert mapping["batch_size"] == 100
    assert mapping["maximum_batching_window_in_seconds"] == 1
    assert mapping["function_response_types"] == ["ReportBatchItemFailures"]


def test_a_loss_that_cannot_be_accounted_for_comes_back_alone(plan):
    mappings = per_route(plan, "aws_lambda_event_source_mapping.losses")
    assert mappings.keys() - ONLY_LOCAL == ROUTES
    assert all(mapping["function_response_types"] == ["ReportBatchItemFailures"] for mapping in mappings.values())


def test_the_losses_of_one_route_leave_places_for_those_of_others(plan):
    mappings = per_route(plan, "aws_lambda_event_source_mapping.losses").values()
    assert [mapping["scaling_config"] for mapping in mappings] == [[{"maximum_concurrency": 2}]] * len(mappings)


def test_every_lambda_of_the_platform_is_there_and_named_by_its_verb_and_noun(plan, environment):
    functions = of_type(plan, "aws_lambda_function")
    names = {
        function["function_name"]: function["handler"]
        for address, function in functions.items()
        if address.startswith("module.control_plane.")
    }
    assert names == {
        f"rollcall-{environment}-{name.replace('_', '-')}": f"{name}.handler.handler"
        for name in (
            "partition_job",
            "dispatch_chunks",
            "arm_barrier",
            "record_answers",
            "track_settlements",
            "start_tasks",
            "handle_worker_failures",
            "sweep_jobs",
            "finish_job",
            "merge_results",
        )
    }


def test_open_jobs_are_found_by_an_index_that_holds_no_others(plan):
    (index,) = plan["module.job_store.aws_dynamodb_table.jobs"]["global_secondary_index"]
    assert (index["name"], index["hash_key"], index["range_key"]) == ("open", "open", "created_at")
    assert index["projection_type"] == "KEYS_ONLY"


def test_leases_and_kept_answers_forget_themselves(plan):
    forgets_by = {
        address.rpartition(".")[2]: table["ttl"][0]["attribute_name"]
        for address, table in of_type(plan, "aws_dynamodb_table").items()
    }
    assert forgets_by["workers"] == "expires_at"
    assert forgets_by["idempotency"] == "expiration"


def test_the_sweeper_looks_every_minute(plan, environment):
    schedule = plan["module.control_plane.aws_scheduler_schedule.sweep_jobs"]
    assert schedule["name"] == f"rollcall-{environment}-sweep-jobs"
    assert schedule["schedule_expression"] == "rate(1 minute)"


def test_sweeps_are_asked_for_until_the_next_is_due_and_not_repeated_so_they_do_not_pile_up(plan):
    """Scheduler tries for 24 hours, and Lambda twice more, unless they are told otherwise."""
    (target,) = plan["module.control_plane.aws_scheduler_schedule.sweep_jobs"]["target"]
    asked = plan[of_platform("sweep_jobs", "aws_lambda_function_event_invoke_config.this[0]")]
    assert target["retry_policy"][0]["maximum_event_age_in_seconds"] == 60
    assert (asked["maximum_retry_attempts"], asked["maximum_event_age_in_seconds"]) == (0, 60)


def test_every_log_group_forgets_in_time(plan):
    assert all(group["retention_in_days"] for group in of_type(plan, "aws_cloudwatch_log_group").values())


def test_production_keeps_its_data_from_being_destroyed(planned):
    tables = of_type(planned("prod"), "aws_dynamodb_table")
    assert all(table["deletion_protection_enabled"] for table in tables.values())
    assert planned("prod")["module.job_store.aws_s3_bucket.jobs"]["force_destroy"] is False


DEV, PROD = ((ENVIRONMENTS / f"{env}.tfvars").read_text() for env in ("dev", "prod"))


def test_production_refuses_the_settings_of_dev(refused):
    told = refused({"of_dev": DEV})
    place = "terraform/environments/dev.tfvars, environment"
    assert f'{place}: these settings are of "dev" and the workspace is "prod"' in told
    assert "run `make plan ENV=dev`" in told


# Name of a setting => a value of a wrong type, and what is said of it.
WRONG = {
    "region": ('["eu-west-1"]', '["eu-west-1"] is no region; write one as AWS does'),
    "availability_zones": ('"a"', '"a" is no list of texts; write one'),
    "control_concurrency": ('"some"', '"some" is no number; write one'),
    "engines": ('"map"', "list events, and of the others those you want"),
    "input_buckets": ('{ books = "b" }', '{"books":"b"} is no list of texts; write one'),
    "input_keys": ("true", "give a list with the ARN of each key"),
    "retention_days": ('"a week"', '"a week" is no number; write one'),
    "log_retention_days": ("[30]", "CloudWatch keeps logs for 1, 3, 5,"),
    "protect_data": ('"perhaps"', '"perhaps" is neither true nor false; write one of these'),
}


def with_value(name: str, value: str) -> str:
    """Production's settings with another value for one of them."""
    return re.sub(rf"(?m)^{name} .*\n", "", PROD) + f"{name} = {value}\n"


@pytest.fixture(scope="module")
def mistaken(refused) -> str:
    engines = {"one": f'{PROD}\nengines = ["map"]', "other": f'{PROD}\nengines = ["events", "mop"]'}
    wrong = {f"wrong_{name}": with_value(name, value) for name, (value, _) in WRONG.items()}
    return refused({**engines, "by_alias": f'{PROD}\ninput_keys = ["alias/books"]', **wrong})


def test_engines_without_events_and_unknown_ones_are_refused_with_the_place_and_those_there_are(mistaken):
    place = "terraform/environments/prod.tfvars, engines"
    assert mistaken.count(f"{place}: list events, and of the others those you want: {', '.join(ENGINES)}") == 3


@pytest.mark.parametrize("name", WRONG)
def test_a_setting_of_a_wrong_type_is_refused_with_the_place_and_the_cure(mistaken, name):
    assert f"terraform/environments/prod.tfvars, {name}: {WRONG[name][1]}" in mistaken


def test_every_setting_but_those_with_a_schema_of_their_own_has_its_wrong_types_tried():
    declared = set(re.findall(r'(?m)^variable "(\w+)"', (ROOT / "terraform" / "variables.tf").read_text()))
    of_their_own = {"routes", "next_steps", "readings", "quotas"}
    named_by = {"environment", "build_folder"}  # the file itself; what is no setting of tfvars
    assert declared - of_their_own - named_by == WRONG.keys()


def test_a_key_named_by_its_alias_is_refused_with_the_place_and_the_cure(mistaken):
    assert "terraform/environments/prod.tfvars, input_keys: give a list with the ARN of each key" in mistaken


def test_only_where_measured_is_the_unsafe_engine_there(planned):
    """Its counting side is made for it alone."""
    counting = "module.answer_counter[0].aws_sfn_state_machine.count_answer"
    assert counting in planned("local")
    for env in ("dev", "staging", "prod"):
        assert not any("answer_counter" in address for address in planned(env))


def test_permissions_name_their_resources_unless_aws_offers_none():
    statements = [
        statement
        for file in (ROOT / "modules").rglob("*.tf")
        for statement in re.split(r"(?m)^ +\{$", file.read_text())
        if re.search(r'(?i)resources?\s*=\s*\[?"\*"', statement)
    ]
    assert len(statements) == 2
    assert all("AWS offers no narrower resource" in statement for statement in statements)
    assert not [file for file in (ROOT / "modules").rglob("*.tf") if re.search(r'Action\s*=\s*"\*"', file.read_text())]


def test_the_table_of_contents_holds_module_blocks_and_nothing_else():
    lines = (ROOT / "terraform" / "main.tf").read_text().splitlines()
    assert {line.split()[0] for line in lines if line and line[0] not in " #}"} == {"module"}


def test_a_reading_of_no_job_type_or_with_what_a_reading_cannot_hold_is_refused_with_its_place(refused):
    settings = {
        "nobody": f'{PROD}\nreadings = {{ "other" = {{}} }}',
        "misspelled": f'{PROD}\nreadings = {{ "valuation" = {{ idd = "nr", text = ["isin"] }} }}',
        "wrong": f'{PROD}\nreadings = {{ "valuation" = {{ text = "isin", load = "perhaps", rename = ["a"] }} }}',
    }
    told = refused(settings)
    assert 'prod.tfvars, readings["other"]: there is no such job type; next_steps has valuation' in told
    assert 'readings["valuation"].idd: there is no such attribute; allowed are data_type, data_type_from,' in told
    for name, kind in (("load", "true or false"), ("rename", "texts by name"), ("text", "texts")):
        assert f'readings["valuation"].{name}: this is to be {kind}' in told
