"""`answerable broker`: a real Kafka on this machine, for trying things out."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from stream.embedded.broker import Broker, running_in
from stream.errors import BrokerMissing

DIRECTORY = Path(".answerable/broker")

directory_option = click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=DIRECTORY,
    show_default=True,
    help="Where its data and logs stand.",
)


class Spinner:
    """One line on a terminal that says what is going on; nothing where stderr is no terminal."""

    def __init__(self) -> None:
        """Nothing shown yet."""
        self._shown = ""
        self._started = time.monotonic()

    def __call__(self, what: str, done: int, whole: int) -> None:
        """Show it, with a bar where there is a measure."""
        if not sys.stderr.isatty():
            return
        width = 30
        filled = width * done // whole if whole else 0
        measure = f" [{'#' * filled}{'-' * (width - filled)}] {done // 1_000_000}/{whole // 1_000_000} MB" if whole else ""
        text = f"{what}{measure} ({time.monotonic() - self._started:.0f} s)"
        if text != self._shown:
            click.echo(f"\r{text}\x1b[K", nl=False, err=True)
            self._shown = text

    def clear(self) -> None:
        """Take the line away."""
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)


@click.group("broker")
def command() -> None:
    """A real Apache Kafka on this machine: no Docker, and no Java needed.

    It listens on 127.0.0.1 alone, keeps its data in a directory of your choice, and is meant for trials and tests:
    in production, point the settings at your own cluster.

    \b
    Examples:
      answerable broker start               on port 9092
      answerable broker start --port 0      on a free port, which is told
      answerable broker status
      answerable broker stop
    """


@command.command("start")
@directory_option
@click.option("--port", type=int, default=9092, show_default=True, help="Where it listens; 0 takes a free port.")
def start(directory: Path, port: int) -> None:
    """Start a broker and leave it running; its address is the last word printed.

    \b
    Example:
      answerable broker start --dir /tmp/kafka --port 0
    """
    already = running_in(directory.absolute())
    if already is not None:
        click.echo(f"Kafka already runs in {directory} at {already.bootstrap}")
        return
    spinner = Spinner()
    broker = Broker(directory, port, progress=spinner)
    try:
        broker.start()
    finally:
        spinner.clear()
    click.echo(f"Kafka runs in {directory} (process {broker.pid}) and answers at {broker.bootstrap}")


@command.command("stop")
@directory_option
def stop(directory: Path) -> None:
    """Stop the broker cleanly; its data stay.

    \b
    Example:
      answerable broker stop --dir /tmp/kafka
    """
    if running_in(directory.absolute()) is None:
        click.echo(f"No Kafka runs in {directory}")
        return
    spinner = Spinner()
    try:
        Broker(directory, progress=spinner).stop()
    finally:
        spinner.clear()
    megabytes = -(-_on_disk(directory) // 1_000_000)
    click.echo(f"Kafka in {directory} has stopped; its data stay there: delete the directory to free {megabytes:,} MB")


def _on_disk(directory: Path) -> int:
    """The bytes that a directory takes up: Kafka's index files are mostly holes, and their sizes say far more."""
    return sum(file.lstat().st_blocks * 512 for file in directory.rglob("*"))


@command.command("status")
@directory_option
def status(directory: Path) -> None:
    """Say whether a broker runs and where; ends with 3 when none does.

    \b
    Example:
      answerable broker status
    """
    found = running_in(directory.absolute())
    if found is None:
        raise BrokerMissing(f"No Kafka runs in {directory}: start one with `answerable broker start`.")
    click.echo(f"Kafka runs in {directory} (process {found.pid}) at {found.bootstrap}")
