"""The job's state machine of each environment, as Terraform puts it together; and asl-validator over all of them.

    python scripts/state_machines.py COMMAND…

COMMAND starts asl-validator. It gets every file of asl/, what each environment's engines make of them, and each engine
together with events: an environment may have any of them. Exit code: 0 when all are valid.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import hcl2

from rollcall_client.offline_routes import plain
from rollcall_deploy.errors import Refused
from rollcall_deploy.mirror import write_cli_config

ROOT = Path(__file__).resolve().parent.parent
ENGINES = sorted(file.name.removesuffix(".asl.json") for file in (ROOT / "asl" / "engines").glob("*.asl.json"))


def engine_sets() -> dict[str, list[str]]:
    """Name => engines: of each environment, and of each engine beside events."""
    environments = {file.stem: engines_of(file) for file in (ROOT / "terraform" / "environments").glob("*.tfvars")}
    return environments | {f"events-and-{name}": sorted({"events", name}) for name in ENGINES}


def engines_of(settings: Path) -> list[str]:
    """What an environment's tfvars name, else Terraform's default."""
    declared = load(ROOT / "terraform" / "variables.tf")["variable"]
    (default,) = [variable["engines"]["default"] for variable in declared if "engines" in variable]
    return load(settings).get("engines", default)


def load(file: Path) -> dict:
    with file.open() as stream:
        return plain(hcl2.load(stream))


def compose(sets: dict[str, list[str]], folder: Path) -> dict[str, str]:
    """Name => definition of each set of engines, by the module that AWS gets it from; Terraform runs in `folder`.

    Raises Refused with Terraform's message when it cannot be put together.
    """
    folder.mkdir(parents=True, exist_ok=True)
    source, asl = os.path.relpath(ROOT / "modules" / "state_machine", folder), str(ROOT / "asl")
    modules = {name: {"source": source, "asl_folder": asl, "engines": engines} for name, engines in sets.items()}
    outputs = {name: {"value": f"${{module.{name}.definition}}"} for name in sets}
    (folder / "main.tf.json").write_text(json.dumps({"module": modules, "output": outputs}))
    environment = os.environ | write_cli_config(folder, os.environ) | {"TF_IN_AUTOMATION": "1"}
    for command in (["init"], ["apply", "-auto-approve"], ["output", "-json"]):
        done = subprocess.run(["terraform", *command], cwd=folder, env=environment, text=True, capture_output=True)
        if done.returncode:
            raise Refused(f"asl/ cannot be put together: Terraform refused `{command[0]}`:\n{done.stderr.rstrip()}")
    return {name: output["value"] for name, output in json.loads(done.stdout).items()}


def validate(command: list[str], files: list[Path]) -> None:
    """Raises Refused with what asl-validator says of those that are not valid."""
    paths = [argument for file in files for argument in ("--json-path", os.path.relpath(file, ROOT))]
    done = subprocess.run([*command, *paths], cwd=ROOT, text=True, capture_output=True)
    if done.returncode:
        raise Refused(f"asl-validator:\n{done.stderr.rstrip()}")


def check(command: list[str], folder: Path) -> int:
    """Validates all there are and returns how many; the composed ones are left in `folder`, to be looked at."""
    files = sorted((ROOT / "asl").rglob("*.asl.json"))
    for name, definition in compose(engine_sets(), folder / "terraform").items():
        files.append(folder / f"{name}.asl.json")
        files[-1].write_text(json.dumps(json.loads(definition), indent=2))
    validate(command, files)
    return len(files)


def main(command: list[str]) -> int:
    try:
        print(f"asl-validator: {check(command, ROOT / 'build' / 'state_machines')} state machines are valid")
    except Refused as refusal:
        print(refusal, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
