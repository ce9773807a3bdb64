"""Python's search for cyclic garbage, made rare in a worker.

Nearly all that a worker drops is freed at once: records, events, facts and states make no cycles. But the search runs after every
700 objects more, a batch that waits is tens of thousands, and each is looked at again and again: that took a third of a worker's
time. Cycles come from connections that end and from partitions that are given up, so they are looked for when an assignment begins,
and when very many objects were made and not freed.
"""

from __future__ import annotations

import gc
from typing import Final

GROWTH: Final = 100_000
"""So many objects more than were freed begin a search among the young ones: about 30 MB, if all of them were garbage."""


def tidy() -> None:
    """Free the garbage that is there, pass over in later searches what is left, and make those rare."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(GROWTH, 10, 10)
