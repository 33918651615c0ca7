"""What the documents name exists: files, links, make targets, commands with their options."""

import re
import shlex
from pathlib import Path

import pytest
import typer.main

from rollcall_cli.main import app
from rollcall_client.environment import ROOT

DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "DECISIONS.md", *sorted((ROOT / "docs").glob("*.md"))]
FOLDERS = "asl|docs|lambda_src|modules|requirements|scripts|terraform|tests"
# Named in the documents as what their readers make.
MADE = {"terraform/environments/dev.tfbackend", "lambda_src/calculations/value_bond"}
COMMAND = re.compile(r"(?<![\w/-])rollcall ((?:[a-z]+)(?: [^`|\n]*)?)")


def code(text: str) -> list[str]:
    """Lines of fenced blocks without a language, and inline code."""
    blocks = [
        line.removeprefix("$ ")
        for kind, body in re.findall(r"```(\w*)\n(.*?)```", text, re.DOTALL)
        for line in body.splitlines()
        if not kind
    ]
    return blocks + re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))


def anchors(document: Path) -> set[str]:
    titles = re.findall(r"(?m)^#+ (.*)$", document.read_text())
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.fixture(params=DOCUMENTS, ids=lambda path: path.name)
def document(request) -> Path:
    return request.param


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150


def test_every_link_leads_somewhere(document):
    for target in re.findall(r"\]\(([^)\s]+)\)", document.read_text()):
        if target.startswith("https://"):
            continue
        path, _, anchor = target.partition("#")
        found = (document.parent / path) if path else document
        assert found.exists(), f"{document.name}: {target}"
        assert not anchor or anchor in anchors(found), f"{document.name}: {target}"


def test_every_file_it_names_is_there(document):
    named = re.findall(rf"`((?:{FOLDERS})/[\w./-]*\w)/?`", document.read_text())
    assert {name for name in named if not (ROOT / name).exists()} <= MADE


def test_every_make_target_it_names_is_one(document):
    targets = set(re.findall(r"(?m)^([a-z-]+):", (ROOT / "Makefile").read_text()))
    named = {name for line in code(document.read_text()) for name in re.findall(r"^make ([a-z-]+)", line)}
    assert named <= targets


def test_every_command_it_names_takes_what_is_written_there(document):
    for line in code(document.read_text()):
        if found := COMMAND.match(line.removeprefix(".venv/bin/")):
            parse(found[1], f"{document.name}: {line}")


def parse(line: str, place: str) -> None:
    """Let the command line's own parser read it; a command named alone, without its arguments, is only looked up."""
    command, words = typer.main.get_command(app), shlex.split(re.sub(r"[\[\]]", " ", line))
    while words and (commands := getattr(command, "commands", {})):
        name = words.pop(0)
        assert name in commands, f"{place}: there is no command {name!r}"
        command = commands[name]
    if words:
        try:
            command.make_context("rollcall", words)
        except Exception as error:
            pytest.fail(f"{place}: {error}")
