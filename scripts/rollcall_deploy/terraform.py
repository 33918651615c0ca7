"""One environment's Terraform: initialised when needed, in its own workspace, each outcome an exception or a value."""

import hashlib
import json
import re
import shutil
import signal
import subprocess
from pathlib import Path

from rollcall_deploy.errors import Refused
from rollcall_deploy.stage import Stage

OLDEST = (1, 11)
CHANGES = 2  # exit code of `plan -detailed-exitcode` when there is something to do
# Terraform decodes the provider's whole schema in every command; a third of that goes into collecting garbage.
FEWER_COLLECTIONS = {"GOGC": "400"}


class Terraform:
    """Runs Terraform in a stage for one environment; raises Refused when Terraform is missing, too old or fails.

    A `brief` one says in a line what is planned and applied, in place of Terraform's own account.
    """

    def __init__(self, stage: Stage, env: str, settings: Path, environment: dict[str, str], brief: bool = False):
        self.stage = stage
        self.env = env
        self.settings = settings
        self.brief = brief
        self.variables = [f"-var-file={settings}", *stage.variables]
        own = {"TF_DATA_DIR": str(stage.data), "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
        self.environment = FEWER_COLLECTIONS | environment | own
        self.plan_file = stage.data / "plan.tfplan"

    def prepare(self) -> None:
        """Check the version, initialise if anything initialisation reads has changed, select the workspace."""
        check_version(self.environment)
        self.stage.data.mkdir(parents=True, exist_ok=True)
        stamp = self.stage.data / "initialised"
        needed = fingerprint(self.stage)
        if not stamp.exists() or stamp.read_text() != needed:
            stamp.unlink(missing_ok=True)
            self.call("init", "-reconfigure", *self.stage.init_arguments, quiet=True)
            stamp.write_text(fingerprint(self.stage))
        selected = self.stage.data / "environment"
        if not selected.exists() or selected.read_text() != self.env:
            self.call("workspace", "select", "-or-create", self.env, quiet=True)

    def validate(self) -> None:
        self.call("validate", quiet=True)
        print(f"{self.env}: the configuration is valid")

    def plan(self) -> bool:
        """Show and keep a plan; whether it has changes."""
        arguments = ["-detailed-exitcode", f"-out={self.plan_file}", "-lock-timeout=60s", *self.stage.arguments]
        arguments += ["-no-color"] if self.brief else []
        done = self.call("plan", *arguments, *self.variables, quiet=self.brief, accept=(0, CHANGES))
        if self.brief:
            print(f"Terraform, {self.env}: {in_one_line(done.stdout)}", flush=True)
        return done.returncode == CHANGES

    def summarise_plan(self) -> None:
        """Plan from an empty state and print Terraform's one line "Plan: 90 to add, ..."."""
        shown = self.call("plan", "-lock=false", "-no-color", *self.variables, quiet=True).stdout
        print(f"{self.env}, from an empty state: {in_one_line(shown)}")

    def apply(self) -> None:
        """Carry out the plan last made."""
        self.call("apply", "-lock-timeout=60s", *self.stage.arguments, str(self.plan_file), quiet=self.brief)

    def destroy(self, *, ask: bool) -> None:
        """Destroy everything; `ask` leaves the last word to the person at the terminal."""
        approval = [] if ask else ["-auto-approve"]
        self.environment |= {"TF_INPUT": "1"} if ask else {}
        self.call("destroy", "-lock-timeout=60s", *approval, *self.stage.arguments, *self.variables)

    def call(self, *arguments: str, quiet: bool = False, accept: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess:
        done = run(["terraform", *arguments], self.stage.folder, self.environment, quiet)
        if done.returncode not in accept:
            why = f":\n{done.stdout}{done.stderr}".rstrip() if quiet else "; its message above says why."
            raise Refused(f"Terraform refused `{arguments[0]}` for {self.env}{why}")
        return done


def in_one_line(plan: str) -> str:
    """Terraform's own line "Plan: 90 to add, …" or "No changes. …" out of the text of a plan."""
    return next(re.finditer(r"^(Plan: .*|No changes\..*)", plan, re.MULTILINE))[0]


def run(command: list[str], folder: Path, environment: dict[str, str], quiet: bool) -> subprocess.CompletedProcess:
    """Run to the end, also on Ctrl-C: Terraform gets it too, ends in order and so keeps its state."""
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        return subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=quiet, check=False)
    finally:
        signal.signal(signal.SIGINT, before)


def check_version(environment: dict[str, str]) -> None:
    cure = "install 1.11 or later from https://developer.hashicorp.com/terraform/install"
    if not shutil.which("terraform", path=environment.get("PATH")):
        raise Refused(f"Terraform was not found: {cure}.")
    done = subprocess.run(
        ["terraform", "version", "-json"], env=environment, text=True, capture_output=True, check=False
    )
    try:
        version = json.loads(done.stdout)["terraform_version"]
    except ValueError:
        raise Refused(f"`terraform version` failed: {done.stderr.strip() or cure}.") from None
    if tuple(int(number) for number in version.split(".")[:2]) < OLDEST:
        raise Refused(f"Terraform {version} is too old: {cure}.")


def check_format(root: Path, folders: list[Path]) -> None:
    """Raises Refused with the names of the files `terraform fmt` would change."""
    for folder in folders:
        done = subprocess.run(
            ["terraform", f"-chdir={folder}", "fmt", "-check", "-recursive"], text=True, capture_output=True
        )
        if done.returncode:
            names = ", ".join(f"{folder.relative_to(root)}/{name}" for name in done.stdout.split())
            raise Refused(f"Not formatted: {names or done.stderr.strip()}; run `make format`.")


def fingerprint(stage: Stage) -> str:
    """Digest of what `terraform init` reads: module calls, versions, backend and the locked providers."""
    digest = hashlib.sha256(" ".join(stage.init_arguments).encode())
    backends = [Path(argument.partition("=")[2]) for argument in stage.init_arguments]
    for file in [*sorted(stage.folder.glob("*.tf")), stage.folder / ".terraform.lock.hcl", *backends]:
        digest.update(file.read_bytes())
    return digest.hexdigest()
