"""Options that several commands share: how to reach Kafka. They become `Settings`, over the environment and the file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from stream.intake.plugins import source_names

Command = TypeVar("Command", bound=Callable[..., Any])

OPTIONS = (
    click.option("--config", type=click.Path(path_type=Path), help="A YAML file of settings (else ANSWERABLE_CONFIG)."),
    click.option("--bootstrap-servers", metavar="HOST:PORT,...", help="Kafka brokers (else ANSWERABLE_BOOTSTRAP_SERVERS)."),
    click.option("--prefix", "topic_prefix", metavar="TEXT", help="What stands before every topic's name."),
)


def connection(command: Command) -> Command:
    """Give a command --config, --bootstrap-servers and --prefix, as `config`, `bootstrap_servers` and `topic_prefix`."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


class SourceName(click.Choice):  # type: ignore[type-arg]  # generic from click 8.2 on, and not before
    """The name of a source, ours or a third party's; `more`: further names. Which there are is looked for when it is asked."""

    def __init__(self, more: Iterable[str] = ()) -> None:
        """Nothing is looked for yet."""
        super().__init__([])
        self._more = tuple(more)

    @property
    def choices(self) -> Sequence[str]:
        """All names, in their order."""
        return sorted({*source_names(), *self._more})

    @choices.setter
    def choices(self, value: Sequence[str]) -> None:
        """Set by click, with nothing."""
