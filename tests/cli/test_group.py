"""The group of commands: what it lists, how it fails."""

from __future__ import annotations

import sys

import click
import pytest
from click.testing import CliRunner

from stream import __version__
from stream.cli import COMMANDS, LazyGroup, main
from stream.errors import BrokerMissing, WrongUse


def leaves(command: click.Command, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], click.Command]]:
    """A command and everything below it."""
    below = command.commands.items() if isinstance(command, click.Group) else ()
    return [(path, command), *(leaf for name, sub in below for leaf in leaves(sub, (*path, name)))]


@pytest.mark.parametrize("name", list(COMMANDS))
def test_each_command_has_help_with_an_example(name: str) -> None:
    """`answerable NAME --help` works for every command and shows at least one example call."""
    shown = CliRunner().invoke(main, [name, "--help"])
    assert (0, True) == (shown.exit_code, f"answerable {name}" in shown.output.split("Usage:", 1)[1].split("\n", 1)[1]), shown.output


@pytest.mark.parametrize("name", list(COMMANDS))
def test_each_option_says_what_it_does(name: str) -> None:
    """No option of any command, nor of a sub-command, is without help."""
    command = main.get_command(click.Context(main), name)
    assert command is not None
    options = [(path, option) for path, leaf in leaves(command, (name,)) for option in leaf.params if isinstance(option, click.Option)]
    assert [] == [(path, option.name) for path, option in options if not option.help]


def test_the_list_of_commands_loads_none_of_them() -> None:
    """`answerable --help` lists every command without importing one."""
    before = set(sys.modules)
    shown = CliRunner().invoke(main, ["--help"])
    loaded = {name for name in set(sys.modules) - before if name.startswith("stream.")}
    assert (0, set(), []) == (shown.exit_code, loaded, [name for name in COMMANDS if f"  {name} " not in shown.output])


def test_version() -> None:
    """`--version` gives the package's version."""
    assert f"answerable, version {__version__}\n" == CliRunner().invoke(main, ["--version"]).output


def failing(error: BaseException) -> LazyGroup:
    """A group of which every command fails with the error."""

    class Failing(LazyGroup):
        """Hands out one command, whatever the name."""

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command:
            """The command that fails."""
            del ctx

            @click.command(cmd_name)
            def fail() -> None:
                raise error

            return fail

    return Failing(name="answerable")


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (WrongUse("say --port 0 for a free port"), 2, "Error: say --port 0 for a free port\n"),
        (BrokerMissing("no broker answers at 127.0.0.1:9092: start one with `answerable broker start`"), 3, None),
        (KeyboardInterrupt(), 130, ""),
    ],
    ids=["wrong use", "no broker", "ctrl-c"],
)
def test_errors_are_one_sentence(error: BaseException, code: int, said: str | None) -> None:
    """An error of ours is told in its sentence on stderr, without a traceback, and ends with its own exit code."""
    shown = CliRunner().invoke(failing(error), ["any"])
    assert (code, f"Error: {error}\n" if said is None else said, "") == (shown.exit_code, shown.stderr, shown.stdout)


def test_an_unknown_command_is_wrong_use() -> None:
    """An unknown command ends with 2."""
    assert 2 == CliRunner().invoke(main, ["nonsense"]).exit_code
