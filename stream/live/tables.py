"""The Faust tables in which the stages keep their committed state.

An entry is raw bytes. A key belongs to one partition, so that two partitions may use the same key. Writing goes through the
transaction of a batch only (`stream.live.partition`): first the changelog is committed, then the table follows.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable
from typing import Any, Final, NoReturn, cast

import faust
from faust.stores.memory import Store

Change = tuple[bytes, bytes | None]


class PartitionedStore(Store[bytes, bytes]):
    """Faust's store in memory, with one dictionary per partition; reading it as one mapping looks through all of them."""

    def __post_init__(self) -> None:
        """Begin without partitions."""
        super().__post_init__()
        self.data: ChainMap[bytes, bytes] = ChainMap()
        self.partitions: dict[int, dict[bytes, bytes]] = {}

    def replace(self, number: int, entries: dict[bytes, bytes]) -> None:
        """Make `entries` the content of a partition."""
        self.partitions[number] = entries
        self.data.maps[1:] = list(self.partitions.values())

    def drop(self, number: int) -> None:
        """Forget a partition that went to another worker."""
        self.partitions.pop(number, None)
        self.data.maps[1:] = list(self.partitions.values())


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

    @property
    def _store_by_number(self) -> PartitionedStore:
        return cast("PartitionedStore", self.data)

    def entries(self, number: int) -> dict[bytes, bytes]:
        """Give the committed entries of one partition, to read only; KeyError where it is not here."""
        return self._store_by_number.partitions[number]

    def replace(self, number: int, entries: dict[bytes, bytes]) -> None:
        """Take over what recovery read."""
        self._store_by_number.replace(number, entries)

    def drop(self, number: int) -> None:
        """Forget a partition."""
        self._store_by_number.drop(number)

    def follow(self, number: int, changes: Iterable[Change]) -> None:
        """Apply changes that were committed to the changelog."""
        entries = self._store_by_number.partitions[number]
        for key, value in changes:
            if value is None:
                entries.pop(key, None)
            else:
                entries[key] = value

    def on_key_set(self, key: Any, value: Any) -> NoReturn:
        """Refuse: an entry that is set here would never reach the changelog."""
        raise RuntimeError(_REFUSED)

    def on_key_del(self, key: Any) -> NoReturn:
        """Refuse, as for `on_key_set`."""
        raise RuntimeError(_REFUSED)


_REFUSED: Final = "a state table changes only in the transaction of a batch"
