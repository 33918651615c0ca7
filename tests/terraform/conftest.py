"""Plans of the whole configuration, without an account and from an empty state."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from tests.terraform.running import ROOT, Configuration, stand_in_build
from tests.terraform.settings import SETTINGS

from rollcall_deploy.stage import staged

PROVIDER = """provider "aws" {
  region                      = "eu-west-1"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}
"""


def resources(module: dict, above: str = "") -> dict[str, dict]:
    """Address => planned values, of a module of the plan and all modules below it."""
    own = {found["address"].removeprefix(above): found.get("values", {}) for found in module.get("resources", [])}
    below = [resources(child, above) for child in module.get("child_modules", [])]
    return {address: values for part in [own, *below] for address, values in part.items()}


@pytest.fixture(scope="session")
def configuration(once, tmp_path_factory) -> Configuration:
    """A copy for each worker."""
    home = tmp_path_factory.mktemp("terraform")
    build = once("stand-in-build", stand_in_build)
    return Configuration(staged(ROOT, home, faster=False).folder, build_folder=str(build))


def together(home: Path, build: Path, settings: dict[str, str]) -> Configuration:
    """The whole configuration once for each settings, as modules of their names: in one process, for each process
    decodes what there is on AWS."""
    staged(ROOT, home, faster=False)
    for file in ("providers.tf", "override.tf"):  # each would start a provider of its own
        (home / "terraform" / file).unlink()
    (home / "together").mkdir()
    paths = f'source = "../terraform"\nbuild_folder = "{build}"\n'
    calls = (f'module "{name}" {{\n{paths}{text}\n}}\n' for name, text in settings.items())
    (home / "together" / "main.tf").write_text(PROVIDER + "".join(calls))
    return Configuration(home / "together")


def plan_all(home: Path, build: Path) -> None:
    """Leaves the plan of each of SETTINGS in a file of its name."""
    planned = together(home, build, SETTINGS)
    variables = home / "terraform" / "variables.tf"
    # That each belongs to a workspace of its own has a test of its own.
    variables.write_text(variables.read_text().replace("== terraform.workspace", "!= terraform.workspace"))
    for child in planned.planned()["planned_values"]["root_module"]["child_modules"]:
        name = child["address"].removeprefix("module.")
        (home / f"{name}.json").write_text(json.dumps(resources(child, f"{child['address']}.")))


@pytest.fixture(scope="session")
def planned(once) -> Callable[[str], dict[str, dict]]:
    """planned("dev") is address => values; of one of SETTINGS. All are planned once a run."""

    @cache
    def plan(name: str) -> dict[str, dict]:
        plans = once("plans", lambda home: plan_all(home, once("stand-in-build", stand_in_build)))
        return json.loads((plans / f"{name}.json").read_text())

    return plan


@pytest.fixture(scope="session")
def refused(once, tmp_path_factory) -> Callable[[dict[str, str]], str]:
    """What Terraform says of settings in the workspace "prod", on one line."""

    def plan(settings: dict[str, str]) -> str:
        home, build = tmp_path_factory.mktemp("refused"), once("stand-in-build", stand_in_build)
        configuration = together(home, build, settings)
        configuration.use_workspace("prod")
        code, message = configuration.plan()
        assert code == 1
        return " ".join(message.replace("│", " ").split())

    return plan


@pytest.fixture(params=["local", "dev", "staging", "prod"])
def environment(request) -> str:
    return request.param


@pytest.fixture
def plan(planned, environment) -> dict[str, dict]:
    return planned(environment)
