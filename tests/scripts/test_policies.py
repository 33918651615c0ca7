"""What the policy tools find needs a reason, and a reason needs something found."""

import pytest

from policies import Finding, detail, reasons, unexplained

FOUND = Finding("parliament", "UNKNOWN_ACTION", "sqs:Sned")


def test_what_is_found_without_a_reason_is_told_with_its_role():
    (sentence,) = unexplained({FOUND: "some-role"}, {})
    assert sentence.startswith("parliament: UNKNOWN_ACTION: sqs:Sned of some-role; correct the policy")


def test_a_reason_for_what_is_not_found_is_told():
    (sentence,) = unexplained({}, {FOUND: "because"})
    assert sentence.endswith("parliament finds no UNKNOWN_ACTION of sqs:Sned any more; remove the entry")
    assert list(unexplained({FOUND: "some-role"}, {FOUND: "because"})) == []


def test_every_finding_of_the_file_has_a_reason():
    assert all(reasons().values())


@pytest.mark.parametrize("policies", [[], [{"PolicyName": "a", "PolicyDocument": {}}]])
def test_a_role_is_told_as_iam_tells_it(policies):
    told = detail("dev", {"name": "r", "assume_role_policy": "{}"}, policies)
    assert (told["Path"], told["RoleName"], told["RolePolicyList"]) == ("/dev/", "r", policies)
