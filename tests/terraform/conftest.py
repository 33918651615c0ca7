"""Plans of the whole configuration, without an account and from an empty state."""

from functools import cache
from pathlib import Path

import pytest
from tests.terraform.running import ENVIRONMENTS, ROOT, Configuration, stand_in_build

from deploy_stage import staged


def resources(module: dict) -> dict[str, dict]:
    """Address => planned values, of a module of the plan and all modules below it."""
    own = {found["address"]: found.get("values", {}) for found in module.get("resources", [])}
    below = [resources(child) for child in module.get("child_modules", [])]
    return {address: values for part in [own, *below] for address, values in part.items()}


@pytest.fixture(scope="session")
def configuration(tmp_path_factory) -> Configuration:
    home = tmp_path_factory.mktemp("terraform")
    build = stand_in_build(home / "build")
    return Configuration(staged(ROOT, home, faster=False).folder, build_folder=str(build))


@pytest.fixture(scope="session")
def planned(configuration):
    """planned("dev") is address => values; a second argument is other settings than the environment's own."""

    @cache
    def plan(env: str, settings: Path | None = None) -> dict[str, dict]:
        configuration.use_workspace(env)
        settings = settings or ENVIRONMENTS / f"{env}.tfvars"
        plan = configuration.planned(var_file=str(settings))
        return resources(plan["planned_values"]["root_module"])

    return plan


@pytest.fixture(params=["local", "dev", "staging", "prod"])
def environment(request) -> str:
    return request.param


@pytest.fixture
def plan(planned, environment) -> dict[str, dict]:
    return planned(environment)
