"""Committed entries in memory: a dictionary per partition. A new process reads the whole changelog."""

from __future__ import annotations

from collections.abc import Iterable

from stream.live.stores.entries import Change
from stream.live.stores.position import Position


class MemoryEntries(dict[bytes, bytes]):
    """The entries of one partition."""

    position: Position | None = None

    def apply(self, changes: Iterable[Change], position: Position | None) -> None:
        """Take changes that are in the changelog."""
        for key, value in changes:
            if value is None:
                self.pop(key, None)
            else:
                # A copy of its very size: bytes from orjson keep the room in which it wrote, some kilobytes each.
                self[key] = memoryview(value).tobytes()
        if position is not None:
            self.position = position

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        self.position = None

    def close(self) -> None:
        """Nothing is open."""


class MemoryStore:
    """Makes entries in memory."""

    def open(self, processor: str, number: int) -> MemoryEntries:
        """Begin empty."""
        return MemoryEntries()

    def close(self) -> None:
        """Nothing is open."""
