"""Terraform for tests, through python-terraform, with its traps handled once."""

import json
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path

import python_terraform

from rollcall_deploy.mirror import write_cli_config
from rollcall_deploy.terraform import FEWER_COLLECTIONS

# It logs a refused command by a method that Python has deprecated.
python_terraform.log.warn = python_terraform.log.warning

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ROOT / "terraform" / "environments"
FUNCTIONS = sorted(handler.parent.name for handler in (ROOT / "lambda_src").glob("*/*/handler.py"))


@dataclass
class Tested:
    """What a file of tests ended with: the plan or the state of its run, in Terraform's JSON, or why there is none."""

    found: dict | None = None
    told: str = ""


class Configuration:
    """A root module that lies in a folder of its own; plans are made from an empty state."""

    def __init__(self, folder: Path, **variables: str):
        self.folder, self.variables = folder, variables
        # python-terraform hands Terraform the environment of this process.
        os.environ.update(write_cli_config(folder, os.environ) | FEWER_COLLECTIONS | {"TF_IN_AUTOMATION": "1"})
        self.terraform = python_terraform.Terraform(working_dir=str(folder), variables=variables)
        self.run("init")

    def run(self, command: str, *arguments: str, **options) -> str:
        """What a command that must succeed prints."""
        code, out, err = self.terraform.cmd(command, *arguments, **options)
        assert code == 0, err or out
        return out

    def use_workspace(self, name: str) -> None:
        self.run("workspace select", name, or_create=True)

    def plan(self, **options) -> tuple[int, str]:
        """Exit code and messages; 0 also when there are changes."""
        code, _, err = self.terraform.plan(detailed_exitcode=None, lock=False, out="a.tfplan", **options)
        return code, err

    def planned(self, **options) -> dict:
        """The plan as Terraform's JSON; fails the test with Terraform's message when there is none."""
        code, err = self.plan(**options)
        assert code == 0, err
        return json.loads(self.run("show", "a.tfplan", json=True))

    def tested(self) -> dict[str, Tested]:
        """File of tests => what its one run ended with; takes the files away.

        All in one process, for each process decodes the schemas of everything there is on AWS.
        """
        files = list(self.folder.glob("*.tftest.*"))
        _, out, err = self.terraform.cmd("test", json=True, verbose=True)
        found = {file.name: Tested() for file in files}
        for file in files:
            file.unlink()
        for message in map(json.loads, out.splitlines()):
            if message["type"] in ("test_plan", "test_state"):
                found[message["@testfile"]].found = message[message["type"]]
            elif message["type"] == "diagnostic" and message["@level"] == "error":
                assert "@testfile" in message, message
                diagnostic = message["diagnostic"]
                found[message["@testfile"]].told += f"{diagnostic['summary']}: {diagnostic['detail']}\n"
        assert all(each.found or each.told for each in found.values()), err
        return found


def stand_in_build(folder: Path) -> Path:
    """A build folder with an empty zip for each Lambda and layer: a plan asks only whether they are there."""
    for name in [*(f"lambda/{name}" for name in FUNCTIONS), "layer/rollcall-layer", "layer/rollcall-parquet"]:
        path = folder / f"{name}.zip"
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w") as file:
            file.writestr("empty.py", "")
    return folder


def copy_of_module(name: str, folder: Path) -> Path:
    return Path(shutil.copytree(ROOT / "modules" / name, folder / name))
