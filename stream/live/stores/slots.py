"""One directory per worker process: several workers on one machine can share a `data_dir`.

RocksDB lets one process open a directory. So a worker claims the first free slot (0, 1, ...) by a lock that the system takes back
when the process ends, however it ends: a worker that is started again finds the slot, and so the data, of one that is gone.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Final

from stream.errors import StoreUnusable

MOST: Final = 1_000
LOCK: Final = "lock"


class Slot:
    """A directory that no other process uses while this one lives."""

    def __init__(self, place: Path, descriptor: int) -> None:
        """Keep the directory and the lock's open file."""
        self.place = place
        self._descriptor = descriptor

    def release(self) -> None:
        """Let others have it."""
        os.close(self._descriptor)


def claim(parent: Path) -> Slot:
    """Claim the first free slot below `parent`. Raises StoreUnusable where nothing can be written there."""
    try:
        for number in range(MOST):
            place = parent / str(number)
            # What lies in it names contacts and agents.
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(place / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(descriptor)
            else:
                return Slot(place, descriptor)
    except OSError as refused:
        raise StoreUnusable(parent, refused.strerror or str(refused)) from None
    raise StoreUnusable(parent, f"all of its {MOST} slots are in use")
