"""AWS: Service Authorization Reference; IAM user guide, "Policy evaluation logic" and "Multivalued context keys"."""

import json

import pytest
from botocore.exceptions import ClientError


def refused(call, *arguments, **members):
    with pytest.raises(ClientError) as refusal:
        call(*arguments, **members)
    return refusal.value.response["Error"]


def test_a_refusal_names_role_action_and_resource(cloud, as_role, arn):
    _, queue = cloud.queue("words")
    error = refused(as_role("words")("sqs").send_message, QueueUrl="words", MessageBody="no")
    assert error["Code"] == "AccessDenied"
    assert error["Message"] == (
        "User: arn:aws:sts::000000000000:assumed-role/words/caller is not authorized to perform: sqs:SendMessage "
        f"on resource: {queue} because no identity-based policy allows the sqs:SendMessage action"
    )


@pytest.mark.parametrize(
    ("service", "code", "call", "members"),
    [
        ("dynamodb", "AccessDeniedException", "get_item", {"TableName": "any", "Key": {"id": {"S": "a"}}}),
        ("ssm", "AccessDeniedException", "get_parameters_by_path", {"Path": "/any"}),
        ("events", "AccessDeniedException", "put_events", {"Entries": [{"Source": "any", "Detail": "{}"}]}),
        ("stepfunctions", "AccessDeniedException", "describe_execution", {"executionArn": "arn:aws:states:::any"}),
        ("lambda", "AccessDeniedException", "invoke", {"FunctionName": "any"}),
        ("ecs", "AccessDeniedException", "stop_task", {"task": "any"}),
        ("batch", "AccessDeniedException", "terminate_job", {"jobId": "any", "reason": "any"}),
        ("s3", "AccessDenied", "get_object", {"Bucket": "refusing", "Key": "any"}),
    ],
)
def test_every_service_refuses_in_its_own_form(cloud, as_role, service, code, call, members):
    cloud.client("s3").create_bucket(Bucket="refusing")
    error = refused(getattr(as_role(f"form-{service}")(service), call), **members)
    assert error["Code"] == code
    assert f"assumed-role/form-{service}/caller is not authorized to perform: " in error["Message"]


def test_calls_of_batches_need_the_single_action(cloud, as_role, allow):
    url, queue = cloud.queue("batches")
    actions = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:ChangeMessageVisibility", "sqs:DeleteMessage"]
    sqs = as_role("batches", allow(actions, queue))("sqs")
    sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "a", "MessageBody": "a"}])
    entry = {"Id": "a", "ReceiptHandle": sqs.receive_message(QueueUrl=url)["Messages"][0]["ReceiptHandle"]}
    sqs.change_message_visibility_batch(QueueUrl=url, Entries=[{**entry, "VisibilityTimeout": 5}])
    sqs.delete_message_batch(QueueUrl=url, Entries=[entry])
    assert "sqs:PurgeQueue" in refused(sqs.purge_queue, QueueUrl=url)["Message"]


def test_parameters_are_read_below_a_path(as_role, allow, arn):
    ssm = as_role("paths", allow("ssm:GetParametersByPath", arn("ssm", "parameter/mine/*")))("ssm")
    assert ssm.get_parameters_by_path(Path="/mine/routes")["Parameters"] == []
    assert arn("ssm", "parameter/other") in refused(ssm.get_parameters_by_path, Path="/other")["Message"]


def entries(*kinds):
    return [{"Source": "mine", "DetailType": kind, "Detail": "{}"} for kind in kinds]


def test_set_operators_look_at_every_entry_of_put_events(as_role, allow):
    keys = {"events:source": "mine", "events:detail-type": "Known"}
    events = as_role("sets", allow("events:PutEvents", ForAllValues_StringEquals=keys))("events")
    assert events.put_events(Entries=entries("Known", "Known"))["FailedEntryCount"] == 0
    assert "event-bus/default" in refused(events.put_events, Entries=entries("Known", "Other"))["Message"]


def test_an_operator_without_a_set_matches_no_key_of_several_values(as_role, allow):
    """AWS does not define what it matches, so nobody may rely on it."""
    events = as_role("setless", allow("events:PutEvents", StringEquals={"events:source": "mine"}))("events")
    refused(events.put_events, Entries=entries("Known"))


@pytest.fixture
def table(cloud):
    cloud.client("dynamodb").create_table(
        TableName="slots",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "route", "KeyType": "HASH"}, {"AttributeName": "slot", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("route", "slot")],
    )
    yield "slots"
    cloud.client("dynamodb").delete_table(TableName="slots")


def test_leading_keys_are_the_partition_keys_of_all_items(as_role, allow, table):
    own = allow("dynamodb:*", ForAllValues_StringLike={"dynamodb:LeadingKeys": "${*}/*"})
    client = as_role("leading", {**own, "Condition": {**own["Condition"], "Null": {"dynamodb:LeadingKeys": "false"}}})
    dynamodb = client("dynamodb")

    def item(route):
        return {"route": {"S": route}, "slot": {"S": "1"}}

    def query(route):
        return {
            "TableName": table,
            "KeyConditionExpression": "#r = :r",
            "ExpressionAttributeNames": {"#r": "route"},
            "ExpressionAttributeValues": {":r": {"S": route}},
        }

    def transaction(*routes):
        return [{"Put": {"TableName": table, "Item": item(route)}} for route in routes]

    dynamodb.put_item(TableName=table, Item=item("*/0"))
    dynamodb.query(**query("*/0"))
    dynamodb.batch_get_item(RequestItems={table: {"Keys": [item("*/0"), item("*/1")]}})
    dynamodb.transact_write_items(TransactItems=transaction("*/1", "*/2"))
    refused(dynamodb.put_item, TableName=table, Item=item("equity/0"))
    refused(dynamodb.query, **query("equity/0"))
    refused(dynamodb.batch_get_item, RequestItems={table: {"Keys": [item("*/0"), item("equity/0")]}})
    refused(dynamodb.transact_write_items, TransactItems=transaction("*/1", "equity/0"))
    refused(dynamodb.scan, TableName=table)


def test_a_transaction_needs_the_action_of_each_item(as_role, allow, table):
    dynamodb = as_role("transactions", allow("dynamodb:PutItem"))("dynamodb")
    key = {"route": {"S": "a"}, "slot": {"S": "1"}}
    put, delete = {"Put": {"TableName": table, "Item": key}}, {"Delete": {"TableName": table, "Key": key}}
    dynamodb.transact_write_items(TransactItems=[put])
    assert "dynamodb:DeleteItem" in refused(dynamodb.transact_write_items, TransactItems=[delete])["Message"]


def test_a_policy_that_asks_for_tls_is_satisfied(cloud, as_role, allow):
    cloud.client("s3").create_bucket(Bucket="over-tls")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "arn:aws:s3:::over-tls/*"}
    plain = {"Bool": {"aws:SecureTransport": "false"}}
    document = {"Version": "2012-10-17", "Statement": [{**deny, "Condition": plain}]}
    cloud.client("s3").put_bucket_policy(Bucket="over-tls", Policy=json.dumps(document))
    as_role("tls", allow("s3:PutObject", "arn:aws:s3:::over-tls/*"))("s3").put_object(Bucket="over-tls", Key="a")


def test_only_who_may_list_a_bucket_is_told_that_an_object_is_not_there(cloud, as_role, allow):
    """AWS: S3 API reference, GetObject and HeadObject: without s3:ListBucket the answer is 403."""
    cloud.client("s3").create_bucket(Bucket="unlisted")
    get = allow("s3:GetObject", "arn:aws:s3:::unlisted/*")
    missing = {"Bucket": "unlisted", "Key": "none"}
    reader = as_role("reads-alone", get)("s3")
    assert refused(reader.get_object, **missing)["Code"] == "AccessDenied"
    assert refused(reader.head_object, **missing)["Code"] == "403"
    lister = as_role("lists-too", get, allow("s3:ListBucket", "arn:aws:s3:::unlisted"))("s3")
    assert refused(lister.get_object, **missing)["Code"] == "NoSuchKey"
    assert refused(lister.head_object, **missing)["Code"] == "404"


def test_a_queue_may_deny_all_but_some_roles_and_services(cloud, as_role, allow, arn):
    """Neither the account itself nor a role that may send to all queues is spared, a rule is."""
    queue = arn("sqs", "own-roles")
    rule = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:*", "Resource": queue}
    condition = {
        "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::000000000000:role/own-*"},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": queue, "Condition": condition}
    url, _ = cloud.queue("own-roles", Policy=json.dumps({"Version": "2012-10-17", "Statement": [rule, deny]}))
    message = {"QueueUrl": url, "MessageBody": "m"}
    as_role("own-sender", allow("sqs:SendMessage"))("sqs").send_message(**message)
    cloud.route("own-roles", {"Arn": queue})
    cloud.put("own-roles", {})
    stranger = as_role("stranger", allow("sqs:*"))("sqs")
    for sqs in (stranger, cloud.client("sqs")):
        assert "with an explicit deny in a resource-based policy" in refused(sqs.send_message, **message)["Message"]
    assert len(cloud.messages(url, 2)) == 2


def test_a_token_is_answered_by_who_may_answer_its_state_machine(cloud, as_role, allow, arn, machine):
    url, _ = cloud.queue("tokens")
    ask = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": {"QueueUrl": url, "MessageBody": {"token.$": "$$.Task.Token"}},
    }
    states = "arn:aws:iam::000000000000:role/states"
    cloud.client("stepfunctions").start_execution(stateMachineArn=machine("asked", states, Ask=ask))
    answer = {"taskToken": json.loads(cloud.messages(url, 1)[0]["Body"])["token"], "output": "{}"}
    other = as_role("of-another", allow("states:SendTaskSuccess", arn("states", "stateMachine:another")))
    own = as_role("of-asked", allow("states:SendTaskSuccess", arn("states", "stateMachine:asked")))
    message = refused(other("stepfunctions").send_task_success, **answer)["Message"]
    assert f"states:SendTaskSuccess on resource: {arn('states', 'stateMachine:asked')}" in message
    own("stepfunctions").send_task_success(**answer)


def test_to_run_a_task_takes_its_definition_its_cluster_and_its_roles(cloud, as_role, allow, arn):
    definition = cloud.task_definition("ran", ["true"])
    cluster = {"ArnEquals": {"ecs:cluster": arn("ecs", "cluster/ran")}}
    run = allow("ecs:RunTask", arn("ecs", "task-definition/ran:*"), **cluster)
    passed = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    hand = allow("iam:PassRole", "arn:aws:iam::000000000000:role/contract", **passed)
    task = {"cluster": "ran", "taskDefinition": "ran", "launchType": "FARGATE"}
    message = refused(as_role("runner", run)("ecs").run_task, **task)["Message"]
    assert "iam:PassRole on resource: arn:aws:iam::000000000000:role/contract" in message
    message = refused(as_role("passer", hand)("ecs").run_task, **task)["Message"]
    assert f"ecs:RunTask on resource: {definition}" in message
    elsewhere = {"ArnEquals": {"ecs:cluster": arn("ecs", "cluster/other")}}
    refused(as_role("elsewhere", {**run, "Condition": elsewhere}, hand)("ecs").run_task, **task)
    as_role("complete", run, hand)("ecs").run_task(**task)


def test_a_function_cannot_act_but_as_its_role(cloud):
    role = cloud.role("powerless", services=("lambda",))
    code = "import boto3\ndef handler(event, context):\n    boto3.client('sqs').list_queues()"
    cloud.function("powerless", code, Role=role)
    assert "assumed-role/powerless/powerless is not authorized" in cloud.invoke("powerless")["errorMessage"]
