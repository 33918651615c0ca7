"""Plans of the whole configuration, without an account and from an empty state."""

import hashlib
import json
from functools import cache
from pathlib import Path

import pytest
from tests.terraform.running import ENVIRONMENTS, ROOT, Configuration, stand_in_build

from rollcall_deploy.stage import staged


def resources(module: dict) -> dict[str, dict]:
    """Address => planned values, of a module of the plan and all modules below it."""
    own = {found["address"]: found.get("values", {}) for found in module.get("resources", [])}
    below = [resources(child) for child in module.get("child_modules", [])]
    return {address: values for part in [own, *below] for address, values in part.items()}


@pytest.fixture(scope="session")
def configuration(once, tmp_path_factory) -> Configuration:
    """A copy for each worker; all with one build, for its files stand in the plans."""
    home = tmp_path_factory.mktemp("terraform")
    build = once("stand-in-build", stand_in_build)
    return Configuration(staged(ROOT, home, faster=False).folder, build_folder=str(build))


@pytest.fixture(scope="session")
def planned(once, request):
    """planned("dev") is address => values; a second argument is other settings, as text, than the environment's own.

    Each plan is made once a run, by the worker that needs it first.
    """

    @cache
    def plan(env: str, settings: str = "") -> dict[str, dict]:
        settings = settings or (ENVIRONMENTS / f"{env}.tfvars").read_text()

        def make(folder: Path) -> None:
            (folder / "settings.tfvars").write_text(settings)
            configuration = request.getfixturevalue("configuration")
            configuration.use_workspace(env)
            plan = configuration.planned(var_file=str(folder / "settings.tfvars"))
            (folder / "plan.json").write_text(json.dumps(resources(plan["planned_values"]["root_module"])))

        name = f"plan-{env}-{hashlib.sha256(settings.encode()).hexdigest()[:16]}"
        return json.loads((once(name, make) / "plan.json").read_text())

    return plan


@pytest.fixture(params=["local", "dev", "staging", "prod"])
def environment(request) -> str:
    return request.param


@pytest.fixture
def plan(planned, environment) -> dict[str, dict]:
    return planned(environment)
