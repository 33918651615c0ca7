"""What every environment's plan must hold, read from Terraform's own account of it."""

import json
import re

from tests.terraform.running import ENVIRONMENTS, ROOT

from rollcall.events import ChunkRequested, envelope

ROUTES = {"*", "equity", "option.european", "option.american", "scenario"}
CHUNK = {
    "version": "1",
    "job_id": "J",
    "run": 1,
    "chunk": 0,
    "attempt": 1,
    "data_type": "option.american",
    "manifest": "jobs/J/manifests/option.american.jsonl",
    "offset": 0,
    "length": 10,
    "items": 5,
    "input": "",
}


def of_type(plan: dict[str, dict], kind: str) -> dict[str, dict]:
    return {address: values for address, values in plan.items() if re.search(rf"(^|\.){kind}\.", address)}


def per_route(plan: dict[str, dict], resource: str) -> dict[str, dict]:
    """Data type => values of one resource of the modules route and worker."""
    found = {re.match(rf'module\.(?:route|worker)\["(.+)"\]\.{resource}$', address): plan[address] for address in plan}
    return {match[1]: values for match, values in found.items() if match}


def fill(target: dict, detail: dict) -> dict:
    """What EventBridge makes of an event with the target's input transformer."""
    transformer = target["input_transformer"][0]
    text = transformer["input_template"]
    for name, path in transformer["input_paths"].items():
        text = text.replace(f"<{name}>", str(detail[path.removeprefix("$.detail.")]))
    return json.loads(text)


def test_every_route_has_one_rule_one_target_two_queues_and_one_parameter(plan):
    for resource in (
        "aws_cloudwatch_event_rule.chunk_requested",
        "aws_cloudwatch_event_target.worker",
        "aws_sqs_queue.route",
        "aws_sqs_queue.dead_letters",
        "aws_ssm_parameter.route",
    ):
        assert per_route(plan, resource).keys() == ROUTES


def test_a_rule_takes_the_chunk_requests_of_its_data_type_alone(plan):
    for data_type, rule in per_route(plan, "aws_cloudwatch_event_rule.chunk_requested").items():
        assert json.loads(rule["event_pattern"]) == {
            "source": ["rollcall"],
            "detail-type": ["Chunk Requested"],
            "detail": {"data_type": [data_type]},
        }


def test_names_follow_the_environment_and_the_data_type(plan, environment):
    rules = per_route(plan, "aws_cloudwatch_event_rule.chunk_requested")
    queues = per_route(plan, "aws_sqs_queue.route")
    parameters = per_route(plan, "aws_ssm_parameter.route")
    assert rules["option.american"]["name"] == f"rollcall-{environment}-option-american"
    assert queues["*"]["name"] == f"rollcall-{environment}-route-unrouted"
    assert parameters["equity"]["name"] == f"/rollcall/{environment}/routes/equity"


def test_a_fargate_target_hands_the_container_the_chunk_as_arguments(plan):
    target = per_route(plan, "aws_cloudwatch_event_target.worker")["option.american"]
    override = fill(target, CHUNK)["containerOverrides"][0]
    assert override["name"] == "worker"
    assert override["command"] == ["python", "-m", "rollcall.worker", *arguments(CHUNK)]


def test_a_batch_target_hands_the_job_the_chunk_as_parameters_of_its_command(plan):
    target = per_route(plan, "aws_cloudwatch_event_target.worker")["scenario"]
    parameters = fill(target, CHUNK)["Parameters"]
    command = ["python", "-m", "rollcall.worker"] + [
        part for field in CHUNK for part in (f"--{field}", parameters[field])
    ]
    assert command == ["python", "-m", "rollcall.worker", *arguments(CHUNK)]


def test_the_fields_handed_to_containers_are_those_of_the_event():
    event = ChunkRequested("J", 1, 0, 1, "option.american", CHUNK["manifest"], 0, 10, 5, "")
    assert list(envelope(event)["detail"]) == list(CHUNK)


def arguments(chunk: dict) -> list[str]:
    return [part for name, value in chunk.items() for part in (f"--{name}", str(value))]


def test_a_lambda_target_gets_the_whole_event(plan):
    assert per_route(plan, "aws_cloudwatch_event_target.worker")["equity"]["input_transformer"] == []


def test_every_target_retries_and_has_a_dead_letter_queue(plan):
    for target in per_route(plan, "aws_cloudwatch_event_target.worker").values():
        assert target["retry_policy"] == [{"maximum_event_age_in_seconds": 86400, "maximum_retry_attempts": 185}]
        assert len(target["dead_letter_config"]) == 1


def test_a_queue_is_encrypted_and_hides_a_chunk_longer_than_its_worker_may_run(plan):
    assert all(queue["sqs_managed_sse_enabled"] for queue in of_type(plan, "aws_sqs_queue").values())
    assert per_route(plan, "aws_sqs_queue.route")["option.american"]["visibility_timeout_seconds"] == 30 * 60 + 60


def test_a_queue_has_a_dead_letter_queue_or_is_one():
    blocks = [
        block
        for file in (ROOT / "modules").rglob("*.tf")
        for block in re.findall(r'(?ms)^resource "aws_sqs_queue" .*?^\}', file.read_text())
    ]
    assert len(blocks) == 4
    assert all(("redrive_policy" in block) != ("-dlq" in block.splitlines()[1]) for block in blocks)


def test_settlements_are_counted_in_large_batches_with_single_failures_reported(plan):
    mapping = plan["module.control_plane.aws_lambda_event_source_mapping.settlements"]
    assert mapping["batch_size"] == 100
    assert mapping["maximum_batching_window_in_seconds"] == 1
    assert mapping["function_response_types"] == ["ReportBatchItemFailures"]


def test_every_lambda_of_the_platform_is_there(plan, environment):
    names = {function["function_name"] for function in of_type(plan, "aws_lambda_function").values()}
    platform = ("partition-job", "dispatch-chunks", "arm-barrier", "track-settlements", "finish-job", "next-valuation")
    assert {f"rollcall-{environment}-{name}" for name in platform} <= names


def test_every_log_group_forgets_in_time(plan):
    assert all(group["retention_in_days"] for group in of_type(plan, "aws_cloudwatch_log_group").values())


def test_production_keeps_its_data_from_being_destroyed(planned):
    tables = of_type(planned("prod"), "aws_dynamodb_table")
    assert all(table["deletion_protection_enabled"] for table in tables.values())
    assert planned("prod")["module.job_store.aws_s3_bucket.jobs"]["force_destroy"] is False


def test_production_refuses_the_settings_of_dev(configuration):
    configuration.use_workspace("prod")
    code, message = configuration.plan(var_file=str(ENVIRONMENTS / "dev.tfvars"))
    told = " ".join(message.replace("│", " ").split())
    assert code == 1
    assert (
        'terraform/environments/dev.tfvars, environment: these settings are of "dev" and the workspace is "prod"'
        in told
    )
    assert "run `make plan ENV=dev`" in told


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
