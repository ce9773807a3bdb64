"""What the demo says of time while it plays."""

from __future__ import annotations

from contextlib import closing
from uuid import uuid4

from stream.config.settings import load
from stream.core.events import CLOCK_MARKED, Event
from stream.demo.player import Player
from stream.demo.reading import records
from stream.embedded.broker import Broker
from stream.intake.kafka import apply_topics
from stream.wire.codec import decode

START = 917_845_200_000


def contact(at: int, number: int) -> Event:
    """A contact that is offered."""
    name = f"c-{number}"
    return Event(START + at, "contact.offered", name, f"test|{name}", {"contact_id": name, "queue": "billing", "channel": "call"})


def test_no_mark_speaks_of_an_event_that_is_not_sent(broker: Broker) -> None:
    """Not even in the pause within its own millisecond: here each takes a second."""
    settings = load(environ={}, bootstrap_servers=broker.bootstrap, topic_prefix=f"t{uuid4().hex[:8]}-", partitions=1)
    apply_topics(settings)
    told: list[tuple[int, int]] = []

    with closing(Player(settings, lambda at, count: told.append((at, count)))) as player:
        player.play([contact(0, 1), contact(1, 2)], 0.001)
        player.finish(START + 1)

    found = [decode(record.value, record.headers, record.key) for record in records(settings, "contact-events")]
    story = [(event.type == CLOCK_MARKED, event.time - START) for event in found]
    assert [(True, -1), (False, 0), (True, 0), (False, 1), (True, 1)] == story
    assert [(START - 1, 0), (START, 1), (START + 1, 2)] == told
