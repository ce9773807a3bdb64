"""The command line: one file a command, loaded only when it is called.

A command is one line of `COMMANDS` and one module here that exports `command`. Only this package prints errors.
"""

from __future__ import annotations

import errno
import importlib
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, Final

import click

from stream import __version__
from stream.errors import AnswerableError, PartMissing

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "demo": ("stream.cli.demo", "A whole contact centre on this machine, live."),
    "worker": ("stream.cli.worker", "The live worker: events in, measures, metrics and breaches out."),
    "replay": ("stream.cli.replay", "The report of files of events, without a broker."),
    "reconcile": ("stream.cli.reconcile", "Which formula and attribution give a vendor's report; which contacts differ."),
    "top": ("stream.cli.top", "The wallboard in the terminal: which queues need help, and why."),
    "verify": ("stream.cli.verify", "Play a file through live workers and compare with its replay."),
    "publish": ("stream.cli.publish", "Send a file's events into Kafka."),
    "listen": ("stream.cli.listen", "Follow a growing log into Kafka."),
    "bridge": ("stream.cli.bridge", "Chosen breaches of single contacts to Alertmanager."),
    "canary": ("stream.cli.canary", "A synthetic contact every minute, to see that all of it works."),
    "topics": ("stream.cli.topics", "The topics of the contract: list, apply, diff."),
    "centre": ("stream.cli.centre", "Which queues and agents come and are not declared."),
    "standards": ("stream.cli.standards", "The standards to keep: check them."),
    "erase": ("stream.cli.erase", "Forget customers, and keep every figure."),
    "broker": ("stream.cli.broker", "A real Kafka on this machine: start, stop, status."),
    "intervals": ("stream.cli.intervals", "Closed half-hours and days, as CSV."),
    "simulate": ("stream.cli.simulate", "A synthetic centre with known truth."),
}
"""Command -> the module that exports it as `command`, and its line in the list of commands (so that the list loads nothing)."""

FULL: Final = (errno.ENOSPC, errno.EDQUOT)


@contextmanager
def _ending_orderly() -> Iterator[None]:
    """Let SIGTERM take the way of every other end: temporary files with what customers are in go, and so do processes of ours."""

    def end(number: int, frame: FrameType | None) -> None:
        del frame
        sys.exit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


class LazyGroup(click.Group):
    """A group that imports a command's module when the command is called, and turns the project's errors into one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command itself, imported now; None for a name that is not in the table."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        found: Any = importlib.import_module(COMMANDS[cmd_name][0]).command
        if not isinstance(found, click.Command):
            raise TypeError(f"{COMMANDS[cmd_name][0]}.command is no click command")
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, from the table alone."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run as a program; where what is written finds no room, say so and end."""
        try:
            try:
                with _ending_orderly():
                    return super().main(*args, **extra)
            finally:
                if sys.stdout is not None:
                    sys.stdout.flush()
        except OSError as error:
            if error.errno not in FULL:
                raise
            # What could not be written is given up, or Python would try again at its end.
            sys.stdout = None
            click.echo("Error: There is no room left where the output or the temporary files go: make room, and call again.", err=True)
            sys.exit(PartMissing.exit_code)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error of ours ends it with its sentence and exit code."""
        try:
            return super().invoke(ctx)
        except AnswerableError as error:
            click.echo(f"Error: {error}", err=True)
            ctx.exit(error.exit_code)
        except KeyboardInterrupt:
            ctx.exit(130)
        except BrokenPipeError:
            # The reader (head, less) has gone: nothing to say, and nothing more to flush to it.
            sys.stdout = None
            ctx.exit(0)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="answerable")
def main() -> None:
    """Keep a contact centre answerable to its service standards.

    \b
    Examples:
      answerable demo                       see a centre live on this machine
      answerable replay --source events day.jsonl
      answerable COMMAND --help             options and examples of a command
    """
