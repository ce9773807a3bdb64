"""Options that several commands share: how to reach Kafka. They become `Settings`, over the environment and the file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

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
