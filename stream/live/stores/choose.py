"""The store that the settings name."""

from __future__ import annotations

from stream.config.settings import Settings
from stream.errors import PartMissing, with_extra
from stream.live.stores.entries import Store
from stream.live.stores.memory import MemoryStore


def choose(settings: Settings, retention: int) -> Store:
    """Make the store; `retention`: how long (ms) deletions stay in the changelogs. Raises PartMissing or StoreUnusable."""
    if settings.store == "rocksdb":
        try:
            from stream.live.stores.rocks import RocksStore  # noqa: PLC0415 - an extra: the worker runs without it
        except ModuleNotFoundError:
            problem = (
                f"The store rocksdb needs a package that is not installed: {with_extra('rocksdb')}, or set ANSWERABLE_STORE to memory."
            )
            raise PartMissing(problem) from None
        return RocksStore(settings.data_dir / "state" / settings.installation, retention)
    return MemoryStore()
