"""The batch under way to a processor: it goes on filling until the processor takes it, and never beyond a bound."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from faust.types.tuples import TP

FETCH_BYTES: Final = 1024 * 1024
MOST_BYTES: Final = 4 * FETCH_BYTES
"""What may wait for one partition: records of facts are large."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Records that were fetched at once: read from position `begin`, up to before `end`; `weight` in bytes."""

    begin: int
    end: int
    records: list[Any]
    weight: int = 0

    def split(self, most: int) -> tuple[Chunk, Chunk]:
        """The first `most` records, and the rest."""
        first, rest = self.records[:most], self.records[most:]
        end = first[-1].offset + 1
        weight = self.weight * most // len(self.records)
        return Chunk(self.begin, end, first, weight), Chunk(end, self.end, rest, self.weight - weight)


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
        """Give what is here, up to `most` records, and no more once that is a fetch's bytes; the rest stays."""
        taken: list[Chunk] = []
        left, weight = most, 0
        while self.chunks and left and weight < FETCH_BYTES:
            chunk = self.chunks[0]
            if len(chunk.records) > left:
                chunk, self.chunks[0] = chunk.split(left)
            else:
                del self.chunks[0]
            taken.append(chunk)
            left -= len(chunk.records)
            weight += chunk.weight
        self.size -= most - left
        self.weight -= weight
        self.on_take()
        return taken

    def clear(self) -> None:
        """Throw away what is here: it is read again from the mark."""
        self.chunks = []
        self.size = self.weight = 0
