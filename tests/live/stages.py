"""Stages for the driver's own tests: they count, so that whatever is lost or twice shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from stream.config.settings import Settings
from stream.core.stage import MARK, Committed, Output
from stream.errors import RejectedRecord
from stream.live.section import Processor, one_by_one

FACTS = "scope-facts"
COUNTED = "queue-intervals"
POISON = "poison"


class Counting:
    """Counts per key: each record {"id", "k"} comes out as {"id", "k", "n"} to `target`; `poison` in the id raises."""

    def __init__(self, target: str) -> None:
        """Begin at nothing."""
        self.target = target
        self.counts: dict[str, int] = {}
        self.dirty: set[str] = set()

    def fold(self, batch: Sequence[Any], offset: int) -> list[Output]:
        """Count each record."""
        out: list[Output] = []
        for record in batch:
            key = record["k"]
            self.counts[key] = self.counts.get(key, 0) + 1
            self.dirty.add(key)
            if record["id"].startswith(POISON):
                raise ValueError(record["id"])
            out.append((self.target, key.encode(), {"id": record["id"], "k": key, "n": self.counts[key]}))
        return out

    def tick(self, now: int) -> list[Output]:
        """Say nothing."""
        return []

    def changes(self) -> list[tuple[bytes, bytes | None]]:
        """The counts that changed."""
        dirty, self.dirty = self.dirty, set()
        return [(key.encode(), b"%d" % self.counts[key]) for key in dirty]

    def erase(self, asked: Sequence[tuple[str, int]]) -> None:
        """It knows of no customer."""

    def restore(self, committed: Committed) -> None:
        """Take the counts back."""
        for key, value in committed.items():
            if key == MARK:
                continue
            self.counts[key.decode()] = int(value)


def decode(record: Any) -> dict[str, Any]:
    """JSON, or RejectedRecord."""
    try:
        found: dict[str, Any] = orjson.loads(record.value)
    except orjson.JSONDecodeError as error:
        raise RejectedRecord("undecodable", "no JSON") from error
    return found


def counting_processors(settings: Settings) -> tuple[Processor, ...]:
    """Three processors over the product's topics: contacts and agents count into scope-facts, scopes into queue-intervals."""
    return (
        Processor("contacts", settings.topic("contact-events"), lambda _: Counting(FACTS), one_by_one(decode)),
        Processor("agents", settings.topic("agent-events"), lambda _: Counting(FACTS), one_by_one(decode)),
        Processor("scopes", settings.topic("scope-facts"), lambda _: Counting(COUNTED), one_by_one(decode)),
    )
