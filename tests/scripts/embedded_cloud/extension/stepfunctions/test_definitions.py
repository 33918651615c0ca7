"""AWS: Step Functions API reference, CreateStateMachine, UpdateStateMachine and ValidateStateMachineDefinition.

The messages are those that AWS gives.
"""

import json

import pytest
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::000000000000:role/states"
END = {"Type": "Pass", "End": True}
VALID = {"StartAt": "Only", "States": {"Only": END}}
UNREACHED = {"StartAt": "Only", "States": {"Only": END, "Lost": END}}
REFUSED = [
    (UNREACHED, 'MISSING_TRANSITION_TARGET: State "Lost" is not reachable. at /States/Lost'),
    (
        {"StartAt": "Only", "States": {"Only": {"Type": "Pass", "Next": "Nowhere"}}},
        "MISSING_TRANSITION_TARGET: Missing 'Next' target: Nowhere at /States/Only/Next",
    ),
    (
        {"StartAt": "Nowhere", "States": {"Only": END}},
        "MISSING_TRANSITION_TARGET: Missing 'Next' target: Nowhere at /StartAt, "
        'MISSING_TRANSITION_TARGET: State "Only" is not reachable. at /States/Only',
    ),
    (
        {"StartAt": "Ask", "States": {"Ask": {"Type": "Choice", "Choices": [{"Next": "A"}], "Default": "B"}, "A": END}},
        "MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/Ask/Default",
    ),
    (
        {"StartAt": "Try", "States": {"Try": {**END, "Type": "Task", "Catch": [{"Next": "Nowhere"}]}}},
        "MISSING_TRANSITION_TARGET: Missing 'Next' target: Nowhere at /States/Try/Catch[0]/Next",
    ),
    # Two that lead to each other are not reached either.
    (
        {
            "StartAt": "Only",
            "States": {"Only": END, "A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}},
        },
        'State "A" is not reachable. at /States/A, MISSING_TRANSITION_TARGET: State "B" is not reachable. at /States/B',
    ),
    ({"States": {"Only": END}}, "SCHEMA_VALIDATION_FAILED: These fields are required: [StartAt] at /"),
]


def holding(machine: dict) -> list[tuple[dict, str]]:
    """(a machine with this one inside, where it lies)"""
    each = {"Type": "Map", "ItemProcessor": machine, "End": True}
    beside = {"Type": "Parallel", "Branches": [VALID, machine], "End": True}
    return [
        ({"StartAt": "Outer", "States": {"Outer": each}}, "/States/Outer/ItemProcessor"),
        ({"StartAt": "Outer", "States": {"Outer": beside}}, "/States/Outer/Branches[1]"),
    ]


@pytest.mark.parametrize(("definition", "why"), REFUSED)
def test_what_aws_refuses_is_refused_when_it_is_made(states, definition, why):
    with pytest.raises(ClientError) as refusal:
        states.client.create_state_machine(name="refused", definition=json.dumps(definition), roleArn=ROLE)
    assert refusal.value.response["Error"]["Code"] == "InvalidDefinition"
    assert why in refusal.value.response["Error"]["Message"]
    assert "refused" not in [machine["name"] for machine in states.client.list_state_machines()["stateMachines"]]


@pytest.mark.parametrize("kind", [0, 1], ids=["Map", "Parallel"])
def test_a_state_machine_inside_another_is_held_to_the_same(states, kind):
    inside, place = holding(UNREACHED)[kind]
    with pytest.raises(ClientError, match="InvalidDefinition") as refusal:
        states.client.create_state_machine(name="refused", definition=json.dumps(inside), roleArn=ROLE)
    assert f'State "Lost" is not reachable. at {place}/States/Lost' in str(refusal.value)
    states.client.create_state_machine(
        name=f"inside-{kind}", definition=json.dumps(holding(VALID)[kind][0]), roleArn=ROLE
    )


def test_a_refused_update_changes_nothing(states):
    text = json.dumps(VALID)
    arn = states.client.create_state_machine(name="updated", definition=text, roleArn=ROLE)["stateMachineArn"]
    with pytest.raises(ClientError, match="InvalidDefinition"):
        states.client.update_state_machine(stateMachineArn=arn, definition=json.dumps(UNREACHED))
    assert states.client.describe_state_machine(stateMachineArn=arn)["definition"] == text
    states.client.update_state_machine(stateMachineArn=arn, roleArn=ROLE)


def test_what_is_not_json_is_refused(states):
    with pytest.raises(ClientError, match="INVALID_JSON_DESCRIPTION"):
        states.client.create_state_machine(name="refused", definition="{", roleArn=ROLE)


def test_a_definition_can_be_validated_without_being_made(states):
    assert states.client.validate_state_machine_definition(definition=json.dumps(VALID))["result"] == "OK"
    answer = states.client.validate_state_machine_definition(definition=json.dumps(UNREACHED))
    assert answer["result"] == "FAIL"
    assert answer["diagnostics"] == [
        {
            "severity": "ERROR",
            "code": "MISSING_TRANSITION_TARGET",
            "message": 'State "Lost" is not reachable.',
            "location": "/States/Lost",
        }
    ]
