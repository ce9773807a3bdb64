"""How far a copy of a changelog has come, and whether recovery may go on from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

MARGIN: Final = 60 * 60_000
"""How far (ms) the worker's and the broker's clocks may differ when ages are compared."""

DELETE_RETENTION: Final = 24 * 60 * 60_000
"""Kafka's own `delete.retention.ms`."""


class Position(NamedTuple):
    """A copy holds the changelog `topic` (Kafka's id of it) up to before `offset`; what follows was written at `at` (ms) or later."""

    topic: str
    offset: int
    at: int


@dataclass(frozen=True, slots=True)
class Changelogs:
    """What Kafka says of the changelogs: each one's id, by processor, and how long (ms) deletions stay in them.

    sources: the ids of the topics that the processors read, by processor.
    """

    ids: Mapping[str, str] = field(default_factory=dict)
    retention: int = DELETE_RETENTION
    sources: Mapping[str, str] = field(default_factory=dict)

    def id_of(self, processor: str) -> str:
        """The id of a processor's changelog; empty where the broker has none to tell."""
        return self.ids.get(processor, "")

    def source_of(self, processor: str) -> str:
        """The id of the topic that a processor reads; empty where the broker has none to tell."""
        return self.sources.get(processor, "")


def goes_on(position: Position | None, topic: str, bounds: tuple[int, int], *, now: int, retention: int) -> bool:
    """Whether a copy at `position` becomes the changelog by reading the rest of it, which begins and ends at `bounds`.

    Not where the topic is another one (deleted and made anew), nor where the position lies outside of it, nor where deletions that
    followed the position may have left the changelog already: then the copy would keep for ever what was deleted.
    """
    if position is None or position.topic != topic or not bounds[0] <= position.offset <= bounds[1]:
        return False
    margin = min(MARGIN, retention // 2)
    return position.offset == bounds[1] or -margin <= now - position.at <= retention - margin
