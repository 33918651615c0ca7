"""Where images come from, what may be pulled, and what they are built for."""

import json
import re

import pytest
from tests.modules.conftest import DEPLOYMENT, Application, allowed
from tests.terraform.running import ROOT

DIGEST = f"sha256:{'0' * 64}"
ECR = "dkr.ecr.us-east-1.amazonaws.com"
IMAGES = [
    "rollcall-worker:1.2.0",
    "untagged",
    f"pinned@{DIGEST}",
    "python:3.13-slim",
    "public.ecr.aws/docker/library/python:3.13-slim",
    f"210987654321.{ECR}/pricing/worker:7",
    f"210987654321.{ECR}/pricing/worker@{DIGEST}",
    "123456789012.dkr-ecr.eu-west-1.on.aws/own-elsewhere:1",
    "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com/fips",
]


def applications() -> dict[str, Application]:
    url = {"repository_url": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/rollcall-dev/some"}
    variables = {"deployment": DEPLOYMENT, "images": IMAGES}
    return {
        name: Application(
            "image_repository", {**variables, "protect_data": protect_data}, {"aws_ecr_repository.this": url}
        )
        for name, protect_data in (("protected", True), ("unprotected", False))
    }


@pytest.fixture(scope="module")
def protected(applied):
    return applied("protected")


def test_a_plain_name_is_pulled_from_a_repository_of_its_own_by_its_tag_or_digest(protected):
    pulled = protected.outputs["references"]
    assert pulled["rollcall-worker:1.2.0"].endswith("/rollcall-dev/some:1.2.0")
    assert pulled["untagged"].endswith("/rollcall-dev/some:latest")
    assert pulled[f"pinned@{DIGEST}"].endswith(f"/rollcall-dev/some@{DIGEST}")
    assert pulled[IMAGES[4]] == IMAGES[4]


def test_images_of_other_private_repositories_may_be_pulled_too_and_no_further_ones(protected):
    allowances = allowed(protected.statements("aws_iam_role_policy.execution"))
    pulls = "BatchCheckLayerAvailability BatchGetImage GetDownloadUrlForLayer"
    (statement,) = [s for s in protected.statements("aws_iam_role_policy.execution") if s["Sid"] == "PullImages"]
    assert statement["Resource"] == [
        "arn:aws:ecr:eu-west-1:123456789012:repository/rollcall-dev/*",
        "arn:aws:ecr:eu-west-1:123456789012:repository/own-elsewhere",
        "arn:aws:ecr:us-gov-west-1:123456789012:repository/fips",
        "arn:aws:ecr:us-east-1:210987654321:repository/pricing/worker",
    ]
    assert {allowances[arn.split(":", 5)[-1]] for arn in statement["Resource"]} == {pulls}


def test_images_stand_in_the_way_of_a_destroy_only_where_data_is_protected(applied, protected):
    def force_delete(module) -> set[bool]:
        return {v["force_delete"] for address, v in module.resources.items() if "aws_ecr_repository" in address}

    assert force_delete(protected) == {False}
    assert force_delete(applied("unprotected")) == {True}


def test_the_image_is_built_for_what_its_containers_run_on(protected):
    (built_for,) = re.findall(r"(?m)^FROM --platform=(\S+) ", (ROOT / "scripts" / "worker.Dockerfile").read_text())
    assert {"X86_64": "linux/amd64", "ARM64": "linux/arm64"}[protected.outputs["cpu_architecture"]] == built_for


def test_an_image_without_a_tag_goes_where_no_route_names_one_by_its_digest(protected):
    policies = {
        name: json.loads(values["policy"])["rules"]
        for name, values in protected.resources.items()
        if name.startswith("aws_ecr_lifecycle_policy.")
    }
    names = ("python", "rollcall-worker", "untagged")  # and not "pinned"
    assert policies.keys() == {f'aws_ecr_lifecycle_policy.this["{name}"]' for name in names}
    for (rule,) in policies.values():
        assert (rule["selection"]["tagStatus"], rule["action"]) == ("untagged", {"type": "expire"})
