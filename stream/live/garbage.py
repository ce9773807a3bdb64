"""What a worker no longer holds: Python's search for cyclic garbage, made rare, and memory that goes back to the machine.

Nearly all that a worker drops is freed at once: records, events, facts and states make no cycles. But the search runs after every
700 objects more, a batch that waits is tens of thousands, and each is looked at again and again: that took a third of a worker's
time. Cycles come from connections that end and from partitions that are given up, so they are looked for when an assignment begins,
and when very many objects were made and not freed.

Batches, the facts that wait for the lateness, and records on their way are large, come in bursts and lie between what stays. The C
library keeps their room when they are freed: after a burst of a million contacts a tenth of all memory. It gives it back when asked to,
in some thousandths of a second.
"""

from __future__ import annotations

import ctypes
import gc
import sys
from typing import Final

GROWTH: Final = 100_000
"""So many objects more than were freed begin a search among the young ones: about 30 MB, if all of them were garbage.

Ten times as many made a worker a tenth faster, and with a million open contacts half as large again: `benchmarks/growth` showed it."""


def tidy() -> None:
    """Free the garbage that is there, pass over in later searches what is left, and make those rare."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(GROWTH, 10, 10)


_trim = getattr(ctypes.CDLL(None), "malloc_trim", None) if sys.platform == "linux" else None
"""Of glibc; others have no such function."""


def give_back() -> None:
    """Give the machine what memory is free, where the C library knows how to."""
    if _trim is not None:
        _trim(0)
