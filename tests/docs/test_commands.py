"""What a document tells to type can be typed."""

from __future__ import annotations

import re
import shlex
import tomllib
from pathlib import Path
from typing import Final

import click
import pytest

from stream.cli import main
from tests.docs.pages import PAGES, ROOT, commands, name_of

TARGETS: Final = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def problems(line: str) -> list[str]:
    """What is wrong with a command line, in the order of its words."""
    program, *words = shlex.split(line)
    if program == "make":
        return [f"make has no target {word}" for word in words if word not in TARGETS and "=" not in word]
    found: list[str] = []
    command: click.Command | None = main
    context = click.Context(main)
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        if words[0].isupper():
            return found
        name, words = words[0], words[1:]
        command = command.get_command(context, name)
        if command is None:
            return [f"there is no command {name}"]
    known = {"--help", "-h", *(option for parameter in (command or main).params for option in (*parameter.opts, *parameter.secondary_opts))}
    found += [
        f"{command and command.name} has no option {word}" for word in words if word.startswith("-") and word.partition("=")[0] not in known
    ]
    return found


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_and_their_options_exist(page: Path) -> None:
    """Every `answerable ...` and `make ...` names a command, options and targets that there are."""
    assert [] == [(line, problem) for line in commands(page) for problem in problems(line)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("answerable replay --source events day.jsonl", []),
        ("answerable COMMAND --help", []),
        ("answerable reply --source events", ["there is no command reply"]),
        ("answerable topics applaud", ["there is no command applaud"]),
        ("answerable replay --sauce events", ["replay has no option --sauce"]),
        ("make demo", []),
        ("make tee", ["make has no target tee"]),
    ],
)
def test_a_wrong_command_is_noticed(line: str, expected: list[str]) -> None:
    """The test above would say so."""
    assert expected == problems(line)


def test_the_readme_shows_every_command_that_the_guide_needs() -> None:
    """The first page leads through the demo, the tests, a report without a broker, and an installation."""
    shown = {" ".join(line.split()[:2]) for line in commands(ROOT / "README.md")}
    wanted = {
        "make demo",
        "make test",
        "answerable demo",
        "answerable replay",
        "answerable verify",
        "answerable worker",
        "answerable publish",
    }
    assert set() == wanted - shown


def test_the_changelog_tells_of_every_command() -> None:
    """Whoever reads what is new finds each command there."""
    told = {line.split()[1] for line in commands(ROOT / "CHANGELOG.md") if line.startswith("answerable ")}
    assert set(main.list_commands(click.Context(main))) == told


def test_extras_are_installed_from_the_checkout() -> None:
    """The package is on no index, so neither a page nor a sentence asks one for it; each extra that they name is there."""
    texts = [path.read_text(encoding="utf-8") for path in (*PAGES, *(ROOT / "stream").rglob("*.py"))]
    assert [] == [line for text in texts for line in text.splitlines() if "answerable[" in line]
    named = {name for text in texts for found in re.findall(r"pip install '\.\[([\w,]+)\]'", text) for name in found.split(",")}
    named |= {name for text in texts for name in re.findall(r"with_extra\('(\w+)'\)", text)}
    assert named == set(tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"])
