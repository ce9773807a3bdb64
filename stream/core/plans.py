"""What each kind of fact means to a scope, so that the loop over facts looks it up once."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import Final

from stream.core.distributions import Bounds
from stream.core.measures import Counted, counting
from stream.core.measures.entry import Measure
from stream.core.timeline import LEVEL_KINDS

Plan = tuple[bool, bool, bool, str, tuple[int, ...], tuple[str, ...]]
"""What a kind of fact means here: (ordered, a level, counted, name of the sum or "", bounds, names of the buckets)."""
UNCOUNTED: Final = Counted(counted=False, total="", bounds=(), names=())


def planned(measures: Iterable[Measure], bounds: Bounds, ordered: AbstractSet[str]) -> dict[str, Plan]:
    """By kind. `ordered`: kinds whose order matters."""
    counted = counting(measures, bounds)
    plans: dict[str, Plan] = {}
    for kind in {*counted, *ordered, *LEVEL_KINDS}:
        how = counted.get(kind, UNCOUNTED)
        plans[kind] = (kind in ordered, kind in LEVEL_KINDS, how.counted, how.total, how.bounds, how.names)
    return plans
