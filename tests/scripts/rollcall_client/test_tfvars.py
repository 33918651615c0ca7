"""A single setting is read out of tfvars, and a command goes to the Region that these name."""

import pytest
from tests.terraform.running import ENVIRONMENTS

from rollcall_client import environment
from rollcall_client.environment import Environment
from rollcall_client.errors import CommandError
from rollcall_client.tfvars import setting

TEXT = """\
# region = "nowhere"
region             = "eu-west-1" # Ireland
protect_data=false
routes = {
  region = "inside"
}
retention_days = 14
"""


@pytest.mark.parametrize(
    ("name", "value"),
    [("region", "eu-west-1"), ("protect_data", "false"), ("retention_days", "14"), ("bucket", None), ("days", None)],
)
def test_a_setting_is_what_stands_at_the_top_and_no_comment(tmp_path, name, value):
    (tmp_path / "dev.tfvars").write_text(TEXT)
    assert setting(tmp_path / "dev.tfvars", name) == value


@pytest.mark.parametrize("name", ["dev", "staging", "prod", "local"])
def test_a_command_goes_to_the_region_of_the_environment_and_not_of_the_profile(name, monkeypatch):
    for variable in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.setenv(variable, "sa-east-1")
    named = setting(ENVIRONMENTS / f"{name}.tfvars", "region")
    assert Environment(name).session.region_name == named != "sa-east-1"


def test_settings_without_a_region_are_told_with_the_cure(tmp_path, monkeypatch):
    (tmp_path / "dev.tfvars").write_text('environment = "dev"\n')
    monkeypatch.setattr(environment, "ENVIRONMENTS", tmp_path)
    with pytest.raises(CommandError, match=r'terraform/environments/dev.tfvars names no region; write region = "…"'):
        _ = Environment("dev").session
