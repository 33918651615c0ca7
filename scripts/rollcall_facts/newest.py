"""The newest botocore of the package index, fetched beside the virtual environment, never into it."""

import subprocess
import sys
from pathlib import Path

from rollcall_facts.errors import NoNewest

WHEELS = "botocore-*.whl"
SECONDS = 120


def fetch(folder: Path) -> Path:
    """The wheel, the only one that is left in the folder. Raises NoNewest."""
    folder.mkdir(parents=True, exist_ok=True)
    fetched = folder / "fetched"
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
    try:
        done = subprocess.run(
            [
                *pip,
                "--only-binary=:all:",
                "--retries=1",
                "--dest",
                str(fetched),
                "botocore",
            ],
            capture_output=True,
            text=True,
            timeout=SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise NoNewest(words(folder, f"it gave no answer in {SECONDS} s")) from None
    wheels = sorted(fetched.glob(WHEELS))
    if done.returncode or not wheels:
        raise NoNewest(words(folder, (done.stderr.strip().splitlines() or ["pip gave no reason"])[-1]))
    for old in folder.glob(WHEELS):
        old.unlink()
    wheel = wheels[-1].rename(folder / wheels[-1].name)
    fetched.rmdir()
    return wheel


def words(folder: Path, reason: str) -> str:
    kept = sorted(folder.glob(WHEELS))
    cure = f"or compare with the one fetched last: make facts WHEEL={kept[-1]}" if kept else "and try again"
    return f"the newest botocore cannot be had from the package index ({reason}); see the network, {cure}"
