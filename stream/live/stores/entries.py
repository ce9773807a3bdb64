"""What a store offers: the committed entries of one partition of one processor, and how far they reach."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from stream.core.stage import Committed
from stream.live.stores.position import Position

Change = tuple[bytes, bytes | None]
"""A key and its new value; None deletes."""


class Entries(Committed, Protocol):
    """The committed entries of one partition. Stages read them; only commits and recovery change them."""

    @property
    def position(self) -> Position | None:
        """How far they reach; None where nothing is known of it."""
        ...

    def apply(self, changes: Iterable[Change], position: Position | None) -> None:
        """Take changes that are in the changelog, all or none, with the position that they reach (None: it stays).

        Raises StoreUnusable.
        """
        ...

    def clear(self) -> None:
        """Forget everything: it is read again from the changelog's beginning."""
        ...

    def close(self) -> None:
        """Let go of what is open; a store on disk keeps its content."""
        ...


class Store(Protocol):
    """Opens the entries of partitions."""

    def open(self, processor: str, number: int) -> Entries:
        """The entries of a partition: empty, or as this store left them. Raises StoreUnusable."""
        ...

    def close(self) -> None:
        """Let go of the store; entries that are open are closed before."""
        ...
