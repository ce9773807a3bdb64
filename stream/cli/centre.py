"""`answerable centre`: whom and what the centre does not know yet."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import closing
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final

import click

from stream.cli.inputs import read_with_progress
from stream.cli.options import SourceName, connection
from stream.config.centre import read_centre
from stream.config.settings import load
from stream.config.shipped import or_shipped
from stream.core.centre import OTHER
from stream.core.events import Event
from stream.core.strangers import Seen, Strangers
from stream.errors import DataError, WrongUse
from stream.intake.newest import newest
from stream.wire.codec import AGENT_TOPIC, CONTACT_TOPIC, ISSUE_TOPIC, SURVEY_TOPIC

TOPICS: Final = (CONTACT_TOPIC, AGENT_TOPIC, ISSUE_TOPIC, SURVEY_TOPIC)
LONGEST_NAME: Final = 80
EVENTS: Final = 20_000


@click.group("centre")
def command() -> None:
    """The centre's file: which queues and agents it does not know.

    \b
    Example:
      answerable centre unknown --bootstrap-servers kafka:9092
    """


@command.command("unknown")
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, allow_dash=True))
@click.option("--centre", "centre_file", type=click.Path(path_type=Path), help="The centre's file (else centre_file of the settings).")
@click.option("--events", type=click.IntRange(1, 10_000_000), default=EVENTS, show_default=True, help="How many of each topic are read.")
@click.option("--source", type=SourceName(), help="How the files are written, where files are read and not Kafka.")
@click.option("--mapping", type=click.Path(path_type=Path), help="The source's mapping.")
@connection
def unknown(
    files: tuple[Path, ...],
    centre_file: Path | None,
    config: Path | None,
    *,
    events: int,
    source: str | None,
    mapping: Path | None,
    **given: Any,
) -> None:
    """Print the lines to add to the centre's file for queues and agents that it does not declare.

    They are what counts as `other`. It reads the newest events of the topics, joins no group and changes nothing; with FILES it reads
    those instead, without a broker. Ends with 1 where the centre lacks any, so that a job can watch it.

    \b
    Examples:
      answerable centre unknown
      answerable centre unknown --events 200000 --centre deploy/centre.yaml
      answerable centre unknown --source asterisk-queue-log --mapping pbx.yaml /var/log/asterisk/queue_log
    """
    if bool(files) != (source is not None):
        raise WrongUse("Files need --source, and --source needs files: name both, or neither to read from Kafka.")
    settings = load(config, **given)
    path = centre_file or or_shipped(settings.centre_file)
    centre = read_centre(path)
    if not centre.queues and not centre.people:
        raise WrongUse(f"{path} declares neither queues nor agents, so everybody is taken as they come: declare the first ones.")
    strangers = Strangers(centre)
    read = 0
    for event in _events_of_files(source, mapping, files, path) if source is not None else newest(settings, TOPICS, events):
        strangers.take(event)
        read += 1
    if not strangers:
        click.echo(f"{path} knows every queue and agent of the {read:,} events that were read.", err=True)
        return
    for line in lines(strangers, {*centre.queue_names, *centre.names_by_id()}):
        click.echo(line)
    found = [
        f"{len(kind):,} {word}{'' if len(kind) == 1 else 's'}"
        for kind, word in ((strangers.queues, "queue"), (strangers.agents, "agent"))
        if kind
    ]
    raise DataError(f"{path} does not declare {' and '.join(found)} of the {read:,} events that were read: they count as {OTHER}.")


def _events_of_files(source: str, mapping: Path | None, files: tuple[Path, ...], centre_file: Path) -> Iterator[Event]:
    with closing(read_with_progress(source, mapping, files, centre_file)) as events:
        yield from events


def lines(strangers: Strangers, declared: Collection[str] = ()) -> Iterator[str]:
    """What to add, as YAML that can be pasted: the most frequent first. declared: names that are in the file already."""
    taken = {*declared, *strangers.queues, *strangers.agents}
    yield "# Add these below the same keys of the centre's file. What is another name of a queue or agent that is there already"
    yield "# goes under its `ids` instead."
    if strangers.queues:
        yield "queues:"
        for (name, seen), instead in zip(_sorted(strangers.queues), _names("queue", taken), strict=False):
            channels = ", ".join(seen.channels) or "call"
            yield f"  {_entry(name, instead, f'channels: [{channels}]')} # {_told(seen)}"
    if strangers.agents:
        yield "agents:"
        for (name, seen), instead in zip(_sorted(strangers.agents), _names("agent", taken), strict=False):
            yield f"  {_entry(name, instead, '')} # {_told(seen)}"
    if strangers.more:
        yield f"# {strangers.more:,} events more have further names: declare these first, then ask again."


def _names(kind: str, taken: Collection[str]) -> Iterator[str]:
    """Names for those whose ids are none, of which nobody has one."""
    return (name for number in count(1) if (name := f"{kind}-{number}") not in taken)


def _sorted(kind: dict[str, Seen]) -> list[tuple[str, Seen]]:
    return sorted(kind.items(), key=lambda one: (-one[1].events, one[0]))


def _entry(name: str, instead: str, rest: str) -> str:
    """A line for a name, or for an id that is none: too long, such as an ARN, or taken."""
    fits = name == name.strip() and len(name) <= LONGEST_NAME and name.isprintable() and name != OTHER and not name.startswith("arn:")
    ids = "" if fits else f"ids: [{json.dumps(name)}]"
    return f"{json.dumps(name) if fits else instead}: {{{', '.join(part for part in (rest, ids) if part)}}}"


def _told(seen: Seen) -> str:
    last = datetime.fromtimestamp(seen.last / 1000, UTC)
    return f"{seen.events:,} {'event' if seen.events == 1 else 'events'}, the last {last:%Y-%m-%d %H:%M} UTC"
