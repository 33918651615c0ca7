"""Recordings of calls: those that test runs left, and one made here when there is none.

They lie in build/facts/calls. One that is older than the code whose calls it has is of no use and is deleted.
"""

import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from embedded_cloud import recording
from embedded_cloud.clouds import Clouds, CommandFailed, run
from embedded_cloud.errors import CloudError
from embedded_cloud.settings import HOST, PROJECT, CloudSettings
from rollcall_facts.errors import CannotRecord

FOLDER = PROJECT / "build" / "facts" / "calls"
CALLERS = ("lambda_src", "scripts/rollcall_cli", "scripts/rollcall_client")
ROLLCALL = str(Path(sys.executable).with_name("rollcall"))
SECONDS = 180
BOOKS: dict[str, list[dict]] = {
    "ITEMS": [
        {"id": "good", "data_type": "probe"},
        {"id": "bad", "data_type": "probe", "fail": "on purpose"},
    ],
    "DEADLY": [{"id": "dead", "data_type": "probe", "die": True}],
    "SLOW": [{"id": f"slow{i}", "data_type": "probe", "seconds": 2} for i in range(20)],
}
COMMANDS = (
    "submit ITEMS --id facts-some --lock facts --tolerate 90% --wait",
    "status facts-some", "why facts-some", "timeline facts-some", "failures facts-some", "results facts-some",
    "receipt facts-some", "verify facts-some", "routes", "lock facts", "dlq list",
    "redrive facts-some --failed --wait",
    "submit SLOW --id facts-slow", "pause facts-slow", "why facts-slow", "resume facts-slow", "cancel facts-slow",
    "submit DEADLY --id facts-deadly --wait",
    "submit ITEMS --id facts-map --engine map --wait",
    "submit ITEMS --id facts-callback --engine callback --wait",
    "submit ITEMS --id facts-distributed --engine distributed_map --wait",
)  # fmt: skip


def usable(folder: Path = FOLDER, root: Path = PROJECT) -> list[Path]:
    """The recordings at least as new as the code whose calls they have; older ones are deleted."""
    changed = max(file.stat().st_mtime for each in CALLERS for file in (root / each).rglob("*.py"))
    found = sorted(folder.glob("*.jsonl"))
    for old in [each for each in found if each.stat().st_mtime < changed]:
        old.unlink()
    return [each for each in found if each.exists()]


def make(say: Callable[[str], None], folder: Path = FOLDER) -> Path:
    """Run the demo and every command on a cloud of its own, for about two minutes. Raises CannotRecord."""
    say("no recording of calls is as new as the code; making one: the demo and every command (two minutes) …")
    made = folder / "session.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = made.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    with socket.socket() as free:
        free.bind((HOST, 0))
        clouds = Clouds(folder.parent / "cloud", free.getsockname()[1])
    try:
        clouds.deploy()
        with recorded(unfinished), clouds.copy() as settings:
            run(settings, sys.executable, "scripts/demo.py", "--items", "300")
            for words in COMMANDS:
                command(settings, words.split(), folder.parent)
    except (CloudError, CommandFailed, subprocess.TimeoutExpired) as error:
        raise CannotRecord(f"no calls could be recorded ({error}); see to it that `make demo` works") from error
    return unfinished.rename(made)


@contextlib.contextmanager
def recorded(file: Path) -> Iterator[None]:
    """What is started meanwhile writes its calls into the file."""
    before = dict(os.environ)
    os.environ.update(recording.variables({recording.VARIABLE: str(file)}))
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def command(settings: CloudSettings, words: list[str], folder: Path) -> None:
    """Run a command of rollcall; how it exits tells how its job ended, which does not matter here."""
    for name in BOOKS.keys() & set(words):
        book = folder / f"{name.lower()}.jsonl"
        book.write_text("".join(json.dumps(item) + "\n" for item in BOOKS[name]))
        words = [str(book) if word == name else word for word in words]
    environment = {**os.environ, **settings.to_environment()}
    subprocess.run([ROLLCALL, *words], cwd=PROJECT, env=environment, capture_output=True, timeout=SECONDS)
