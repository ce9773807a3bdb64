"""The last record per topic and key, as a reader of Kafka would keep it: what the stages brought forth, live or in a replay."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from stream.core.stage import Output


@dataclass(slots=True)
class Figures:
    """What came out: topic -> key -> last record. `as_of`: the moment (ms) up to which it is settled, None without events.

    Both drivers end in this shape, so that they can be compared and reported alike.
    """

    topics: dict[str, dict[str, Any]] = field(default_factory=dict)
    as_of: int | None = None
    events: int = 0
    spoke: frozenset[str] = field(default=frozenset(), compare=False)
    """The keys of the standards that had a verdict in any scope, as far as the driver knows it."""

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
