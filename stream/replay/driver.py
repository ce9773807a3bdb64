"""Runs the core over sorted events, without a broker, and keeps the last record per topic and key, as a reader of Kafka would."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from stream.core.centre import Centre
from stream.core.declared import Standard
from stream.core.events import Event
from stream.core.ledger import Ledger
from stream.core.stage import Output
from stream.intake.collector import uncollected

CHUNK = 10_000
"""Each chunk has a price of its own, and ten thousand events are few beside what a fold keeps."""


@dataclass(slots=True)
class Figures:
    """What came out: topic -> key -> last record. `as_of`: the moment (ms) up to which it is settled, None without events.

    Both drivers end in this shape, so that they can be compared and reported alike.
    """

    topics: dict[str, dict[str, Any]] = field(default_factory=dict)
    as_of: int | None = None
    events: int = 0

    def take(self, topic: str, key: str, record: Any) -> None:
        """Keep the last record of a key."""
        self.topics.setdefault(topic, {})[key] = record

    def take_all(self, outputs: Iterable[Output]) -> None:
        """Keep the last record of each key among what the stages brought forth."""
        topics = self.topics
        for topic, key, record in outputs:
            known = topics.get(topic)
            if known is None:
                known = topics[topic] = {}
            known[key.decode()] = record

    def of(self, topic: str) -> dict[str, Any]:
        """The last records of a topic."""
        return self.topics.get(topic, {})


def replay(
    events: Iterable[Event], centre: Centre, standards: Sequence[Standard], *, until: int | None = None, chunk_size: int = CHUNK
) -> Figures:
    """Fold events that come in the order of `stream.core.events.order`, as of the last of them, or as of `until` (ms).

    chunk_size: how many events are folded at once; the figures do not depend on it.
    """
    ledger = Ledger(centre, standards)
    figures = Figures()
    source = iter(events)
    with uncollected():
        while chunk := list(islice(source, chunk_size)):
            if until is not None and chunk[-1].time > until:
                chunk = [event for event in chunk if event.time <= until]
                source = iter(())
            if chunk:
                figures.as_of = chunk[-1].time
                figures.events += len(chunk)
                figures.take_all(ledger.fold(chunk, figures.as_of - 1))
        if until is not None:
            figures.as_of = until
        if figures.as_of is not None:
            figures.take_all(ledger.fold((), figures.as_of, final=True))
    return figures
