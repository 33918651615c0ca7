"""Every command there is, found by looking: of rollcall with each of its options in turn, and of make."""

import json
import re
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer
from typer.testing import CliRunner

from rollcall_cli.main import app
from rollcall_client.environment import ROOT

# What to give for a parameter; a flag needs nothing, and a new parameter of another name has to be added here.
GIVEN = {
    "job_id": "job", "item_id": "a", "sources": "BOOK", "event": '{"id": "a", "data_type": "equity"}',
    "name": "nightly",
    "queue": "equity-dlq", "items": "10", "seconds": "30", "env": "local", "engine": "events", "chunk": "2",
    "concurrency": "4", "rate": "5", "region": "eu-west-1", "profile": "default", "route": "equity", "what_if":
    "long-lambda", "within": "100", "chart": "CHART", "id": "job", "type": "valuation", "tolerate": "1",
    "rate_name": "api", "lock": "nightly", "jobs": "2", "error": "ValueError", "out": "OUT", "runs": "1",
    "id_from": "id", "data_type": "equity", "data_type_from": "data_type", "map": "spot=price", "text": "isin",
    "number": "spot", "encoding": "utf-8", "delimiter": ";", "format": "jsonl", "data_type_from_key": "scans/([^/]+)/",
    "deadline": "2h",
}  # fmt: skip
# Options that mean something only beside others.
TOGETHER = {
    "lock_wait": ["--lock", "nightly"],
    "dry_run": ["--seconds", "1"],
    "rate": ["--engine", "chunked"],
    "rate_name": ["--engine", "chunked", "--rate", "5"],
}
FAILURES = (0, 1, 2, 3, 4, 5, 6)


class Waited(BaseException):
    """Raised in place of the first pause a command makes for something to happen."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended: `code` None means it waits for something, as it was asked to."""

    code: int | None
    out: str
    err: str
    error: BaseException | None


def commands(group: Any = None, path: tuple[str, ...] = ()) -> Iterator[tuple]:
    """(words, command) for each command of rollcall, those of groups too."""
    for name, command in (group or typer.main.get_group(app)).commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def ways(options: bool = False) -> Iterator[list[str]]:
    """Every command with what it needs; with `options` once more with each option it may have."""
    for words, command in commands():
        needed = [word for parameter in command.params if parameter.required for word in written(parameter)]
        yield [*words, *needed]
        for parameter in command.params if options else []:
            if not parameter.required and parameter.name != "help":
                yield [*words, *needed, *written(parameter), *TOGETHER.get(parameter.name, [])]


def written(parameter) -> list[str]:
    """A parameter as it is typed."""
    if getattr(parameter, "is_flag", False):
        return [parameter.opts[0]]
    value = GIVEN[parameter.name]
    return [value] if parameter.param_type_name == "argument" else [parameter.opts[0], value]


def run(words: list[str], folder: Path, monkeypatch) -> Outcome:
    """Run a command in this process; BOOK, OUT and CHART become files of the folder."""
    book = folder / "book.jsonl"
    book.write_text(json.dumps({"id": "a", "data_type": "equity", "price": 1, "quantity": 1}) + "\n")
    files = {"BOOK": str(book), "OUT": str(folder / "out.jsonl"), "CHART": str(folder / "chart.svg")}
    with monkeypatch.context() as patched:
        patched.setattr(time, "sleep", pausing(threading.current_thread(), time.sleep))
        try:
            done = CliRunner().invoke(app, [files.get(word, word) for word in words])
        except Waited:
            return Outcome(None, "", "", None)
    error = None if isinstance(done.exception, SystemExit) else done.exception
    return Outcome(done.exit_code, done.stdout, done.stderr, error)


def pausing(command: threading.Thread, sleep: Callable[[float], None]) -> Callable[[float], None]:
    """Ends a command that waits; the SDK's pauses between its own tries are only left out, other threads' are kept."""

    def pause(seconds: float) -> None:
        if threading.current_thread() is not command:
            sleep(seconds)
        elif not sys._getframe(1).f_globals["__name__"].startswith("botocore"):
            raise Waited

    return pause


def mistakes(outcome: Outcome) -> list[str]:
    """What is wrong with how a command ended; [] when it did what it should or said in a sentence why not."""
    if outcome.code is None:
        return []
    found = [f"a traceback: {outcome.error!r}"] if outcome.error else []
    if outcome.code not in FAILURES:
        found.append(f"exit code {outcome.code}")
    text = outcome.err.strip()
    if outcome.code and not re.search(r"\w+ \w+ \w+", text):
        found.append(f"no sentence, only {text!r}")
    if "Traceback" in text:
        found.append("a traceback in its words")
    return found


def make_targets() -> list[str]:
    """The commands `make help` lists."""
    return re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
