"""The Faust tables in which the stages keep their committed state.

An entry is raw bytes. A key belongs to one partition, so that two partitions may use the same key. Writing goes through the
transaction of a batch only (`stream.live.partition`): first the changelog is committed, then the table follows.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, NoReturn, cast

import faust
from faust.stores.memory import Store as FaustStore

from stream.live.stores.entries import Change, Entries
from stream.live.stores.position import Position

if TYPE_CHECKING:
    from stream.live.app import CentreApp


class PartitionedStore(FaustStore[bytes, bytes]):
    """What Faust takes for the store: the partitions' entries, wherever they are kept, to be read as one mapping."""

    def __post_init__(self) -> None:
        """Begin without partitions."""
        super().__post_init__()
        self.data: ChainMap[bytes, bytes] = ChainMap()
        self.partitions: dict[int, Entries] = {}

    def put(self, number: int, entries: Entries) -> None:
        """Show a partition."""
        self.partitions[number] = entries
        self._show()

    def take(self, number: int) -> Entries | None:
        """Show a partition no more."""
        entries = self.partitions.pop(number, None)
        self._show()
        return entries

    def _show(self) -> None:
        self.data.maps[1:] = cast("list[dict[bytes, bytes]]", list(self.partitions.values()))


class StateTable(faust.Table[bytes, bytes]):
    """A Faust table that leaves the changelog to the transaction of the batch, and its recovery to `stream.live.recovery`."""

    def _new_store(self) -> PartitionedStore:
        return PartitionedStore(
            "memory://",
            self.app,
            self,
            table_name=self.name,
            key_type=bytes,
            value_type=bytes,
            key_serializer="raw",
            value_serializer="raw",
            loop=self.loop,
        )

    async def on_start(self) -> None:
        """Start the store; the changelog topic is made and checked before the app starts (`stream.live.preflight`)."""
        await self.add_runtime_dependency(self.data)

    async def on_stop(self) -> None:
        """Close what is open: nothing is committed any more."""
        for number in list(self._by_number.partitions):
            self.drop(number)

    @property
    def _by_number(self) -> PartitionedStore:
        return cast("PartitionedStore", self.data)

    @property
    def _centre(self) -> CentreApp:
        return cast("CentreApp", self.app)

    def entries(self, number: int) -> Entries:
        """Give the committed entries of one partition, opened where they are not yet. Raises StoreUnusable."""
        found = self._by_number.partitions.get(number)
        if found is None:
            found = self._centre.store.open(self.name, number)
            self._by_number.put(number, found)
        return found

    def drop(self, number: int) -> None:
        """Let go of a partition."""
        entries = self._by_number.take(number)
        if entries is not None:
            entries.close()

    def position(self, offset: int, at: int) -> Position:
        """The position `offset` of this table's changelog, behind which everything was written at `at` (ms) or later."""
        return Position(self._centre.changelogs.id_of(self.name), offset, at)

    def follow(self, number: int, changes: Iterable[Change], position: Position | None) -> None:
        """Apply changes that were committed to the changelog, up to `position`. Raises StoreUnusable."""
        self.entries(number).apply(changes, position)

    def on_key_set(self, key: Any, value: Any) -> NoReturn:
        """Refuse: an entry that is set here would never reach the changelog."""
        raise RuntimeError(_REFUSED)

    def on_key_del(self, key: Any) -> NoReturn:
        """Refuse, as for `on_key_set`."""
        raise RuntimeError(_REFUSED)


_REFUSED: Final = "a state table changes only in the transaction of a batch"
