"""Where Terraform runs: in terraform/ itself, or in a copy of it with files that AWS must never see."""

import shutil
from dataclasses import dataclass
from pathlib import Path

COPIED = ("terraform", "modules", "asl")


@dataclass(frozen=True)
class Stage:
    """A folder to run Terraform in, its data folder, and the arguments that belong to it."""

    folder: Path
    data: Path
    init_arguments: tuple[str, ...] = ()
    variables: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()


def in_place(root: Path, home: Path, backend: Path) -> Stage:
    """terraform/ itself, its state in the bucket that `backend` names; `home` takes what Terraform keeps besides."""
    return Stage(root / "terraform", home / "data", (f"-backend-config={backend}",))


def staged(root: Path, home: Path, *, faster: bool) -> Stage:
    """A fresh copy in `home`, its state beside it.

    The copy gets local_overrides/terraform (a local state, no questions to AWS) and, if `faster`, all other
    local overrides too, which leave out what only costs time on an emulator.
    """
    for folder in COPIED:
        shutil.rmtree(home / folder, ignore_errors=True)
        shutil.copytree(root / folder, home / folder, ignore=shutil.ignore_patterns(".terraform", "local_overrides"))
    overrides = root / "terraform" / "local_overrides"
    for folder in ("terraform", "modules") if faster else ("terraform",):
        shutil.copytree(overrides / folder, home / folder, dirs_exist_ok=True)
    return Stage(
        folder=home / "terraform",
        data=home / "data",
        variables=(f"-var=build_folder={root / 'build'}",),
        # Most of the time is waiting. Of fewer, queues that wait for their dead-letter queues could take all places.
        arguments=("-parallelism=1000",) if faster else (),
    )
