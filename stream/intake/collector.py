"""Bulk work without Python's garbage collector.

It looks for cycles among all that is held, again and again, and the more often the more objects are made: with hundreds of thousands of
events it took half of the time of reading. Neither reading nor folding makes cycles, the tests see to that, so what they drop is
freed at once without it.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Make no search for cycles until the block ends; where it was off already, it stays off."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
