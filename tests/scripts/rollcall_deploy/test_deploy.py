import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from tests.terraform.running import ROOT, stand_in_build

from rollcall_deploy import __main__ as deploy
from rollcall_deploy import access
from rollcall_deploy.errors import Refused
from rollcall_deploy.mirror import find_mirror, write_cli_config
from rollcall_deploy.stage import staged
from rollcall_deploy.terraform import Terraform, check_version

EQUITY = 'function = "value_equity"'


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A copy of what is deployed, with a build of its own, on a machine that knows no AWS account."""
    for folder in ("terraform", "modules", "asl"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    stand_in_build(tmp_path / "build")
    monkeypatch.setattr(deploy, "ROOT", tmp_path)
    monkeypatch.setenv("ROLLCALL_CLOUD_DIR", str(tmp_path / "build" / "cloud"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def recorded(tmp_path, monkeypatch) -> Path:
    """A stand-in for Terraform: it writes its commands down; a plan ends with the code in the file `plan`."""
    program = tmp_path / "bin" / "terraform"
    program.parent.mkdir()
    program.write_text(
        "#!/bin/sh\n"
        f'[ "$1" = version ] && echo \'{{"terraform_version": "1.11.4"}}\' && exit 0\n'
        f'echo "$*" >> {tmp_path}/commands\n'
        f'[ "$1" = plan ] && exit $(cat {tmp_path}/plan)\nexit 0\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(access, "embedded_cloud", lambda: "http://127.0.0.1:1")
    return tmp_path


def commands(recorded: Path) -> list[str]:
    return [line.split()[0] for line in (recorded / "commands").read_text().splitlines()]


def test_an_unknown_environment_is_told_the_known_ones(capsys):
    assert deploy.main(["plan", "--env", "production"]) == 1
    assert capsys.readouterr().err == (
        "There is no environment 'production': terraform/environments has dev, local, prod, staging.\n"
    )


def test_without_a_build_the_cure_is_to_build(project, capsys):
    shutil.rmtree(project / "build")
    assert deploy.main(["validate", "--env", "dev"]) == 1
    assert capsys.readouterr().err == "Nothing is built yet: run `make build`, then this again.\n"


def test_a_settings_file_that_is_missing_is_named(project, capsys):
    assert deploy.main(["validate", "--env", "dev", "--vars", str(project / "nope.tfvars")]) == 1
    assert f"{project}/nope.tfvars does not exist" in capsys.readouterr().err


def test_local_without_its_cloud_says_how_to_start_it(project, capsys, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setenv("ROLLCALL_CLOUD_PORT", str(port))
    assert deploy.main(["plan", "--env", "local"]) == 1
    assert capsys.readouterr().err == (
        f"The embedded cloud does not answer at http://127.0.0.1:{port}: start it with `make up`.\n"
    )


def test_without_credentials_dev_is_planned_offline_and_told_what_is_missing(project, capsys):
    assert deploy.main(["apply", "--env", "dev"]) == 1
    shown = capsys.readouterr()
    assert re.search(r"^dev, from an empty state: Plan: \d+ to add, 0 to change, 0 to destroy\.$", shown.out, re.M)
    assert shown.err.startswith("Nothing was applied, because no AWS credentials were found: give them with ")
    assert shown.err.endswith("and run `make apply ENV=dev` again.\n")
    assert shown.err.count("\n") == 1


def test_with_credentials_but_no_place_for_the_state_that_place_is_asked_for(project, recorded, capsys, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setattr(Terraform, "summarise_plan", lambda self: None)
    assert deploy.main(["plan", "--env", "dev"]) == 1
    assert "because terraform/environments/dev.tfbackend is missing" in capsys.readouterr().err


@pytest.mark.full
def test_a_mistake_in_a_route_is_shown_with_its_place(project, capsys):
    settings = project / "terraform" / "environments" / "dev.tfvars"
    settings.write_text(settings.read_text().replace(EQUITY, 'function = "value_eqity"'))
    assert deploy.main(["plan", "--env", "dev"]) == 1
    assert 'terraform/environments/dev.tfvars, routes["equity"].lambda.function: "value_eqity" has no zip' in (
        capsys.readouterr().err
    )


def test_apply_applies_the_plan_it_showed(project, recorded):
    (recorded / "plan").write_text("2")
    assert deploy.main(["apply", "--env", "local"]) == 0
    assert commands(recorded) == ["init", "workspace", "plan", "apply"]
    assert (recorded / "commands").read_text().splitlines()[-1].endswith("plan.tfplan")


def test_apply_without_changes_applies_nothing(project, recorded):
    (recorded / "plan").write_text("0")
    assert deploy.main(["apply", "--env", "local"]) == 0
    assert commands(recorded)[-1] == "plan"


def test_plan_never_applies(project, recorded):
    (recorded / "plan").write_text("2")
    assert deploy.main(["plan", "--env", "local"]) == 0
    assert commands(recorded)[-1] == "plan"


def test_a_refused_plan_is_not_applied(project, recorded, capsys):
    (recorded / "plan").write_text("1")
    assert deploy.main(["apply", "--env", "local"]) == 1
    assert commands(recorded)[-1] == "plan"
    assert "Terraform refused `plan` for local" in capsys.readouterr().err


@pytest.fixture
def dev_account(recorded, project, monkeypatch) -> list[str]:
    """dev with credentials and a place for its state; what its account is asked for, in order with Terraform."""
    asked = []
    (project / "terraform" / "environments" / "dev.tfbackend").write_text('bucket = "b"\nregion = "eu-west-1"\n')
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    monkeypatch.setattr(access, "missing_bucket", lambda backend: None)
    monkeypatch.setattr(deploy, "make_service_linked_roles", lambda iam: asked.append(commands(recorded)[-1]))
    return asked


def test_an_account_gets_the_roles_that_terraform_cannot_make_between_plan_and_apply(dev_account, recorded):
    (recorded / "plan").write_text("2")
    assert deploy.main(["plan", "--env", "dev"]) == 0
    assert dev_account == []
    assert deploy.main(["apply", "--env", "dev"]) == 0
    assert dev_account == ["plan"]
    assert commands(recorded)[-1] == "apply"


def test_without_a_bucket_for_the_state_nothing_is_asked_of_it(dev_account, recorded, capsys, monkeypatch):
    monkeypatch.setattr(access, "missing_bucket", lambda backend: "the bucket 'b' does not exist")
    monkeypatch.setattr(Terraform, "summarise_plan", lambda self: None)
    assert deploy.main(["apply", "--env", "dev"]) == 1
    assert capsys.readouterr().err.startswith("Nothing was applied, because the bucket 'b' does not exist, and run ")


def test_a_destroy_that_could_not_end_is_not_begun(dev_account, recorded, capsys, monkeypatch):
    def refuse(env, settings):
        raise Refused("jobs are at work")

    monkeypatch.setattr(deploy, "check_destroy", refuse)
    assert deploy.main(["destroy", "--env", "dev"]) == 1
    assert capsys.readouterr().err == "jobs are at work\n"
    assert "destroy" not in commands(recorded)
    monkeypatch.setattr(deploy, "check_destroy", lambda env, settings: None)
    assert deploy.main(["destroy", "--env", "dev"]) == 0
    assert commands(recorded)[-1] == "destroy"


def test_terraform_is_initialised_again_only_when_what_it_reads_has_changed(project, recorded):
    (recorded / "plan").write_text("0")
    for _ in range(2):
        deploy.main(["plan", "--env", "local"])
    assert commands(recorded).count("init") == 1
    with (project / "terraform" / "main.tf").open("a") as file:
        file.write("# changed\n")
    deploy.main(["plan", "--env", "local"])
    assert commands(recorded).count("init") == 2


def test_the_state_of_local_is_wiped_with_its_cloud(project, recorded):
    (recorded / "plan").write_text("0")
    deploy.main(["plan", "--env", "local"])
    assert (project / "build" / "cloud" / "state" / "terraform" / "terraform" / "main.tf").exists()


def test_no_terraform_is_said_in_one_sentence():
    with pytest.raises(Refused, match=r"^Terraform was not found: install 1.11 or later from https://\S+$"):
        check_version({"PATH": "/nowhere"})


def test_an_old_terraform_is_said_in_one_sentence(recorded):
    program = recorded / "bin" / "terraform"
    program.write_text(program.read_text().replace("1.11.4", "1.5.7"))
    with pytest.raises(Refused, match=r"^Terraform 1.5.7 is too old: install 1.11 or later"):
        check_version(dict(os.environ))


def test_only_local_gets_the_overrides_that_leave_something_out(project):
    faster = staged(project, project / "a", faster=True)
    offline = staged(project, project / "b", faster=False)
    left_out = {file.relative_to(project / "a") for file in (project / "a" / "modules").rglob("override.tf")}
    assert left_out
    assert not list((project / "b" / "modules").rglob("override.tf"))
    assert (faster.folder / "override.tf").exists() and (offline.folder / "override.tf").exists()


def mirror_at(folder: Path) -> Path:
    (folder / "registry.terraform.io" / "hashicorp" / "aws").mkdir(parents=True)
    return folder


@pytest.mark.parametrize(
    "place",
    [
        "home/.terraform.d/plugins",
        "home/.local/share/terraform/plugins",
        "usr/local/share/terraform/plugins",
        "opt/anything",
        "opt/any/thing",
    ],
)
def test_a_mirror_is_found_below(tmp_path, place):
    mirror = mirror_at(tmp_path / place)
    assert find_mirror({"HOME": str(tmp_path / "home")}, tmp_path) == mirror


def test_a_mirror_that_is_named_comes_first(tmp_path):
    mirror_at(tmp_path / "opt" / "plugins")
    named = mirror_at(tmp_path / "named")
    assert find_mirror({"HOME": str(tmp_path), "TF_PLUGIN_MIRROR": str(named)}, tmp_path) == named


def test_a_folder_without_the_aws_provider_is_no_mirror(tmp_path):
    (tmp_path / "opt" / "plugins" / "registry.terraform.io" / "hashicorp" / "random").mkdir(parents=True)
    assert find_mirror({"HOME": str(tmp_path)}, tmp_path) is None


def test_terraform_is_led_to_the_mirror_whatever_the_environment_names(tmp_path):
    mirror = mirror_at(tmp_path / "opt" / "plugins")
    environment = {"HOME": str(tmp_path), "TF_CLI_CONFIG_FILE": str(tmp_path / "missing")}
    config = Path(write_cli_config(tmp_path / "build", environment, tmp_path)["TF_CLI_CONFIG_FILE"])
    assert f'path    = "{mirror}"' in config.read_text()


def test_without_a_mirror_an_existing_configuration_is_left_in_force(tmp_path):
    own = tmp_path / "own.tfrc"
    own.write_text("")
    assert write_cli_config(tmp_path, {"HOME": str(tmp_path), "TF_CLI_CONFIG_FILE": str(own)}, tmp_path) == {}


def test_without_a_mirror_the_provider_is_downloaded_once(tmp_path):
    environment = {"HOME": str(tmp_path), "TF_CLI_CONFIG_FILE": str(tmp_path / "missing")}
    config = Path(write_cli_config(tmp_path / "build", environment, tmp_path)["TF_CLI_CONFIG_FILE"])
    assert config.read_text() == f'plugin_cache_dir = "{tmp_path}/build/providers"\n'


def test_pip_puts_packages_where_make_says_whatever_the_user_has_set():
    told = {**os.environ, "PIP_USER": "1", "PIP_TARGET": "/elsewhere"}
    command = ["make", "--silent", "--eval", "show: ; @env", "show"]
    show = subprocess.run(command, cwd=ROOT, env=told, capture_output=True, text=True, check=True)
    assert "PATH=" in show.stdout
    assert "PIP_USER" not in show.stdout and "PIP_TARGET" not in show.stdout
