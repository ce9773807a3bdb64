"""Queues of past events that the centre's file does not declare: they count together, and whoever reads the figures must know."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

import click

from stream.core.centre import OTHER, Centre
from stream.core.events import Event

SHOWN: Final = 5


def noted(events: Iterable[Event], centre: Centre, found: set[str]) -> Iterator[Event]:
    """The events as they come; queues of contacts that the centre does not declare are added to `found`, where it declares any."""
    for event in events:
        queue = event.data.get("queue")
        if queue and centre.queues and queue not in centre.queue_names:
            found.add(queue)
        yield event


def say(found: Collection[str]) -> None:
    """Name them, the first ones of many."""
    if found:
        named = ", ".join(sorted(found)[:SHOWN]) + (", ..." if len(found) > SHOWN else "")
        click.echo(f"The centre does not declare {named}: counted under {OTHER}.", err=True)
