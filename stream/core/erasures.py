"""The [erasures] stage: who is to be forgotten, told to all stages of the same partition number.

A request lies in every partition, so every stage hears of it, and what it deletes is in one transaction with the request's offset.
A stage takes the customer's pseudonym out of what it keeps and concludes nothing from that: each aggregate stays as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stream.core.events import ERASURE_REQUESTED, Event
from stream.core.stage import Committed, Output

ERASE: Final = "!erase"
"""Instead of a topic: the driver hands what goes there to `erase` of the other stages, and sends it nowhere."""


class ErasureStage:
    """One partition of erasure-requests. It keeps nothing, least of all whom it has forgotten."""

    def fold(self, batch: Sequence[Event], offset: int) -> list[Output]:
        """The requests of a batch; one that comes twice forgets once more, which changes nothing."""
        del offset
        return [(ERASE, event.subject.encode(), event.time) for event in batch if event.type == ERASURE_REQUESTED]

    def tick(self, now: int) -> list[Output]:
        """Time changes nothing here."""
        del now
        return []

    def changes(self) -> list[tuple[bytes, bytes | None]]:
        """Nothing is kept."""
        return []

    def erase(self, asked: Sequence[tuple[str, int]]) -> None:
        """Nothing is kept."""

    def restore(self, committed: Committed) -> None:
        """Nothing is kept."""


def requests(outputs: Sequence[Output]) -> list[tuple[str, int]]:
    """Who is to be forgotten, and when (ms) that was asked for."""
    return [(key.decode(), time) for topic, key, time in outputs if topic == ERASE]
