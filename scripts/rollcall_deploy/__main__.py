"""Plan, apply or destroy one environment with Terraform, or check all of them.

    python -m rollcall_deploy plan|apply|destroy|validate --env ENV [--vars FILE] [--brief]
    python -m rollcall_deploy lint

AWS environments run in terraform/ itself. Two run in a staged copy (see stage.py): `local`, whose copy and state
lie with the state of the embedded cloud and are wiped with it, and an environment whose account cannot be reached,
which gets an offline plan from an empty state.
"""

import argparse
import sys
from pathlib import Path

import boto3

from embedded_cloud.errors import CloudError
from embedded_cloud.settings import CloudSettings
from rollcall_deploy.access import backend_of, environment_for, what_is_missing
from rollcall_deploy.account import check_destroy, make_service_linked_roles
from rollcall_deploy.errors import Refused
from rollcall_deploy.stage import Stage, in_place, staged
from rollcall_deploy.terraform import Terraform, check_format

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Exit code: 0 done, 1 refused by Terraform or by us; one sentence on stderr says why."""
    options = parse(arguments)
    try:
        if options.action == "lint":
            lint()
        else:
            run(options.action, options.env, options.vars, options.brief)
    except (Refused, CloudError) as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


def parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy", description="Plan or apply one environment.")
    parser.add_argument("action", choices=["plan", "apply", "destroy", "validate", "lint"])
    parser.add_argument("--env", default="local", help="a file of terraform/environments (default: local)")
    parser.add_argument("--vars", type=Path, help="the settings (default: terraform/environments/ENV.tfvars)")
    parser.add_argument("--brief", action="store_true", help="one line in place of Terraform's own account")
    return parser.parse_args(arguments)


def run(action: str, env: str, settings: Path | None, brief: bool = False) -> None:
    """Do one action in one environment; raises Refused when it cannot be done."""
    if env not in known_environments():
        raise Refused(f"There is no environment {env!r}: terraform/environments has {', '.join(known_environments())}.")
    if action == "validate":
        terraform_for(env, settings, offline=True).validate()
    elif missing := what_is_missing(env, ROOT):
        terraform_for(env, settings, offline=True).summarise_plan()
        done = {"plan": "This was an offline plan", "apply": "Nothing was applied", "destroy": "Nothing was destroyed"}
        raise Refused(f"{done[action]}, because {missing}, and run `make {action} ENV={env}` again.")
    else:
        change(terraform_for(env, settings, offline=False, brief=brief), action)


def change(terraform: Terraform, action: str) -> None:
    if action == "destroy":
        check_destroy(terraform.env, terraform.settings)
        terraform.destroy(ask=terraform.env != "local")
    elif terraform.plan() and action == "apply":
        if terraform.env != "local":
            make_service_linked_roles(boto3.client("iam"))
        terraform.apply()


def lint() -> None:
    """Check the formatting and plan every environment offline; raises Refused at the first fault."""
    check_format(ROOT, [ROOT / "terraform", ROOT / "modules"])
    for env in known_environments():
        terraform = terraform_for(env, None, offline=True)
        terraform.validate()
        terraform.summarise_plan()


def known_environments() -> list[str]:
    return sorted(file.stem for file in (ROOT / "terraform" / "environments").glob("*.tfvars"))


def terraform_for(env: str, settings: Path | None, offline: bool, brief: bool = False) -> Terraform:
    """A Terraform ready to plan `env`; raises Refused when something it needs is missing."""
    settings = (settings or ROOT / "terraform" / "environments" / f"{env}.tfvars").resolve()
    if not settings.exists():
        raise Refused(f"{settings} does not exist: --vars (VARS in make) names a tfvars file.")
    if not (ROOT / "build" / "layer").is_dir():
        raise Refused("Nothing is built yet: run `make build`, then this again.")
    terraform = Terraform(stage_for(env, offline), env, settings, environment_for(env, ROOT, offline), brief)
    terraform.prepare()
    return terraform


def stage_for(env: str, offline: bool) -> Stage:
    if offline:
        return staged(ROOT, ROOT / "build" / "terraform" / f"{env}-offline", faster=False)
    if env == "local":
        return staged(ROOT, CloudSettings.from_environment().state / "terraform", faster=True)
    return in_place(ROOT, ROOT / "build" / "terraform" / env, backend_of(env, ROOT))


if __name__ == "__main__":
    sys.exit(main())
