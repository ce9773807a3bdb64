"""The batch under way to a processor: it goes on filling until the processor takes it, and never beyond a bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, Final

from faust.types.tuples import TP

FETCH_BYTES: Final = 1024 * 1024
MOST_BYTES: Final = 4 * FETCH_BYTES
"""What may wait for one partition: records of facts are large."""

weight_of = attrgetter("serialized_value_size")


@dataclass(frozen=True, slots=True)
class Chunk:
    """Records that were fetched at once: read from position `begin`, up to before `end`; `weight` in bytes."""

    begin: int
    end: int
    records: list[Any]
    weight: int = 0


@dataclass(slots=True)
class Inbox:
    """The batch under way to a processor. It goes on filling until it is taken."""

    tp: TP
    chunks: list[Chunk] = field(default_factory=list)
    size: int = 0
    weight: int = 0
    announced: bool = False
    on_take: Callable[[], None] = lambda: None

    def put(self, chunk: Chunk) -> None:
        """Add what was fetched."""
        self.chunks.append(chunk)
        self.size += len(chunk.records)
        self.weight += chunk.weight

    def is_full(self, most: int) -> bool:
        """Whether nothing more should be fetched: memory stays bounded under any backlog."""
        return self.size >= most or self.weight >= MOST_BYTES

    def take(self, most: int) -> list[Chunk]:
        """Give what is here, up to `most` records and a fetch's bytes but at least one chunk; the rest stays."""
        count = size = weight = 0
        for chunk in self.chunks:
            size += len(chunk.records)
            weight += chunk.weight
            if count and (size > most or weight > FETCH_BYTES):
                break
            count += 1
        chunks, self.chunks = self.chunks[:count], self.chunks[count:]
        self.size -= sum(len(chunk.records) for chunk in chunks)
        self.weight -= sum(chunk.weight for chunk in chunks)
        self.on_take()
        return chunks

    def clear(self) -> None:
        """Throw away what is here: it is read again from the mark."""
        self.chunks = []
        self.size = self.weight = 0
