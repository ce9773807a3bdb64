"""Committed entries in RocksDB: a database per partition, on this machine's disk. A new process reads the rest of the changelog only.

RocksDB's own log is off: what it would save after a crash is in the changelog anyway. All of a database is one column family, so
what a crash leaves is a beginning of what was written, and the position in it belongs to exactly that.
"""

from __future__ import annotations

import contextlib
import logging
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson
import rocksdict

from stream.errors import StoreUnusable
from stream.live.stores.entries import Change
from stream.live.stores.position import Position
from stream.live.stores.slots import Slot, claim

log = logging.getLogger(__name__)

LAYOUT: Final = 1
POSITION: Final = b"\0"
"""The key of the position. No stage has it: a scope's keys have two zeros, and all others begin with = or !."""

WRITE_BUFFER: Final = 4 * 2**20
"""Bytes of a database that are written to disk at once; a crash costs reading so much of the changelog again."""

ALL_BUFFERS: Final = 64 * 2**20
BLOCK_CACHE: Final = 64 * 2**20
"""Bytes of memory for all databases of a worker together."""

OPEN_FILES: Final = 64
DAY_SECONDS: Final = 86_400
DAMAGED: Final = "damaged"
"""A file in the directory of a database of which something could not be read: whoever opens it next makes it anew."""

DISK: Final = "IO error"
"""How RocksDB's messages begin where the disk is at fault; after all others a database can be made anew."""


class RocksEntries(Mapping[bytes, bytes]):
    """The entries of one partition."""

    def __init__(self, place: Path, options: Any) -> None:
        """Open the database, or make it; one that RocksDB cannot read is made anew. Raises StoreUnusable."""
        self._place = place
        self._options = options
        self._unlogged = rocksdict.WriteOptions()
        self._unlogged.disable_wal = True  # type: ignore[method-assign, assignment]  # its stubs take properties for methods
        self._db = self._open()
        self.position = self._known()

    def _open(self) -> Any:
        try:
            self._place.mkdir(parents=True, exist_ok=True)
            if not (self._place / DAMAGED).exists():
                return rocksdict.Rdict(str(self._place), self._options)
            refused: object = "a part of it is damaged"
        except OSError as error:
            raise StoreUnusable(self._place, error.strerror or str(error)) from None
        except Exception as error:
            if str(error).startswith(DISK):
                raise StoreUnusable(self._place, str(error)) from error
            refused = error
        log.warning("%s is made anew from the changelog, because RocksDB cannot read it: %s", self._place, refused)
        shutil.rmtree(self._place, ignore_errors=True)
        try:
            return rocksdict.Rdict(str(self._place), self._options)
        except Exception as refused:
            raise StoreUnusable(self._place, str(refused)) from refused

    def _known(self) -> Position | None:
        stored = self._read(POSITION)
        if stored is None:
            return None
        layout, *position = orjson.loads(stored)
        return Position(*position) if layout == LAYOUT else None

    def _read(self, key: bytes) -> bytes | None:
        try:
            found: bytes | None = self._db.get(key)
        except Exception as refused:
            raise self._unusable(refused) from refused
        return found

    def _unusable(self, refused: Exception) -> StoreUnusable:
        """What ends the worker; a database that is damaged is made anew when it starts again."""
        if not str(refused).startswith(DISK):
            with contextlib.suppress(OSError):
                (self._place / DAMAGED).touch()
        return StoreUnusable(self._place, str(refused))

    def get(self, key: bytes, default: Any = None, /) -> Any:
        """The entry of a key."""
        found = self._read(key)
        return default if found is None else found

    def __getitem__(self, key: bytes) -> bytes:
        """The entry of a key, or KeyError."""
        found = None if key == POSITION else self._read(key)
        if found is None:
            raise KeyError(key)
        return found

    def items(self) -> Iterator[tuple[bytes, bytes]]:  # type: ignore[override]  # streamed: a view would promise a set of them
        """Every entry, one by one from the disk."""
        last = None
        try:
            for pair in self._db.items():
                last = pair[0]
                if last != POSITION:
                    yield pair
            self._check_end(last)
        except StoreUnusable:
            raise
        except Exception as refused:
            raise self._unusable(refused) from refused

    def _check_end(self, last: bytes | None) -> None:
        """Raise where entries follow the last one that was given: rocksdict ends without a word at what it cannot read."""
        iterator = self._db.iter()
        if last is None:
            iterator.seek_to_first()
        else:
            iterator.seek(last)
            iterator.next()
        iterator.status()
        if iterator.valid():
            raise StoreUnusable(self._place, "a part of it was not read")

    def __iter__(self) -> Iterator[bytes]:
        """Every key."""
        return (key for key, _ in self.items())

    def __len__(self) -> int:
        """How many entries there are: all of them are read to say so."""
        return sum(1 for _ in self)

    def apply(self, changes: Iterable[Change], position: Position | None) -> None:
        """Take changes that are in the changelog, in one write with the position."""
        batch = rocksdict.WriteBatch(raw_mode=True)
        for key, value in changes:
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        if position is not None:
            batch.put(POSITION, orjson.dumps([LAYOUT, *position]))
        try:
            self._db.write(batch, self._unlogged)
        except Exception as refused:
            raise self._unusable(refused) from refused
        if position is not None:
            self.position = position

    def clear(self) -> None:
        """Begin anew with an empty database."""
        if self.position is None and next(self.items(), None) is None:
            return
        self.close()
        shutil.rmtree(self._place, ignore_errors=True)
        self._db = self._open()
        self.position = self._known()

    def close(self) -> None:
        """Write what is in memory to disk; where that fails, the changelog has it."""
        try:
            self._db.close()
        except Exception as refused:  # noqa: BLE001 - the next start reads more of the changelog, and that is all
            log.warning("%s could not be closed in order, so that the next start reads more of the changelog: %s", self._place, refused)


class RocksStore:
    """Databases below one slot of the installation's directory."""

    def __init__(self, parent: Path, retention: int) -> None:
        """Claim a slot; databases in it that are older than `retention` (ms) are of no use any more and go.

        Raises StoreUnusable where nothing can be written.
        """
        self._slot: Slot = claim(parent)
        self._options = _options()
        self._drop_old(retention / 1000 + DAY_SECONDS)

    def _drop_old(self, seconds: float) -> None:
        """Delete databases in which nothing was written for so long."""
        before = time.time() - seconds
        try:
            for place in self._slot.place.iterdir():
                if place.is_dir() and all(file.stat().st_mtime < before for file in place.iterdir()):
                    shutil.rmtree(place, ignore_errors=True)
        except OSError as refused:
            raise StoreUnusable(self.place, refused.strerror or str(refused)) from None

    @property
    def place(self) -> Path:
        """The slot's directory."""
        return self._slot.place

    def open(self, processor: str, number: int) -> RocksEntries:
        """The entries of a partition, as they were left. Raises StoreUnusable."""
        return RocksEntries(self.place / f"{processor}-{number}", self._options)

    def close(self) -> None:
        """Let another process have the slot."""
        self._slot.release()


def _options() -> Any:
    """Of all databases of a worker: they share memory for what is written and what is read."""
    cache = rocksdict.Cache(BLOCK_CACHE)
    table = rocksdict.BlockBasedOptions()
    table.set_block_cache(cache)
    table.set_bloom_filter(10, block_based=False)
    options = rocksdict.Options(raw_mode=True)
    options.create_if_missing(True)
    options.set_block_based_table_factory(table)
    options.set_write_buffer_size(WRITE_BUFFER)
    options.set_write_buffer_manager(rocksdict.WriteBufferManager(ALL_BUFFERS, allow_stall=False))
    options.set_compression_type(rocksdict.DBCompressionType.lz4())
    options.set_max_open_files(OPEN_FILES)
    options.set_keep_log_file_num(2)
    return options
