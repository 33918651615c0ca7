"""Ops change routes in tfvars: only what they touched changes, and the results stay the same."""

import json
import re

import pytest
from tests.end_to_end.commands import PYTHON

from generate_book import generate_book

EQUITY_ON_LAMBDA = re.compile(r'(?m)^( *)lambda( *)= \{ function = "value_equity".*\}$')
EQUITY_ON_FARGATE = r'\1fargate\2= { image = "rollcall-worker:1.2.0", cpu = 256, memory_mb = 512 }'
NEW_ROUTE = '\nroutes = {\n  "equity.us" = {\n    lambda = { function = "value_equity" }\n  }\n'


def test_a_second_plan_has_no_changes_whatever_the_shell_says_of_aws_and_of_the_network(cloud):
    leaks = {"AWS_PROFILE": "nobody", "AWS_ENDPOINT_URL": "http://127.0.0.1:9", "TF_WORKSPACE": "default"}
    leaks |= dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), "http://127.0.0.1:9")
    done = cloud.run(PYTHON, "-m", "rollcall_deploy", "plan", "--env", "local", "--vars", str(cloud.settings), **leaks)
    assert done.code == 0, done.out + done.err
    assert "No changes." in done.out
    routes = cloud.rollcall("routes", "--json", **leaks)
    assert routes.code == 0, routes.err


@pytest.mark.full
def test_one_new_entry_plans_only_the_resources_of_its_route(cloud):
    done = cloud.deploy("plan", cloud.settings.read_text().replace("\nroutes = {\n", NEW_ROUTE, 1))
    planned = re.findall(r"# (\S+) (?:will|must) be (\w+)", re.sub(r"\x1b\[\d*m", "", done.out))
    assert len(planned) >= 5
    assert {action for _, action in planned} == {"created"}
    assert all('["equity.us"]' in address for address, _ in planned), planned


@pytest.fixture
def moved_back(cloud):
    yield
    assert cloud.deploy("apply").code == 0


@pytest.mark.full
def test_equity_moved_to_fargate_by_one_line_gives_the_same_values(cloud, tmp_path, moved_back):
    book = tmp_path / "book.jsonl"
    book.write_text("".join(json.dumps(item) + "\n" for item in generate_book(60) if item["data_type"] == "equity"))
    before = cloud.settings.read_text()
    after = EQUITY_ON_LAMBDA.sub(EQUITY_ON_FARGATE, before)
    assert sum(a != b for a, b in zip(before.splitlines(), after.splitlines(), strict=True)) == 1

    on_lambda = cloud.rollcall("submit", str(book), "--type", "valuation", "--wait", "--json").json
    applied = cloud.deploy("apply", after)
    assert applied.code == 0, applied.out + applied.err
    on_fargate = cloud.rollcall("submit", str(book), "--type", "valuation", "--wait", "--json").json

    targets = [job["data_types"][0]["target"] for job in (on_lambda, on_fargate)]
    assert targets == ["lambda", "fargate"]
    assert on_lambda["summary"]["by_data_type"] == on_fargate["summary"]["by_data_type"]
