"""WHAT is measured. A measure is one entry in one of the files here; adding it to its tuple is all there is to do."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from stream.core.distributions import Bounds
from stream.core.measures.counts import COUNTS
from stream.core.measures.entry import COUNT, MAX, SPREAD, SUM, Measure, View
from stream.core.measures.levels import LEVELS
from stream.core.measures.service_level import SERVICE_LEVELS
from stream.core.measures.times import TIMES
from stream.core.windows import Cell

MEASURES: Final[tuple[Measure, ...]] = (*COUNTS, *TIMES, *LEVELS, *SERVICE_LEVELS)

_HOW: Final[dict[str, frozenset[str]]] = {
    kind: frozenset(how for measure in MEASURES for name, how in measure.folds if name == kind)
    for kind in {name for measure in MEASURES for name, _ in measure.folds}
}
ADDED: Final = {kind: (COUNT in how, SUM in how, SPREAD in how) for kind, how in _HOW.items()}
"""By kind of fact: whether it is counted, its value added, and counted over bounds. These numbers add, in any order."""
KEPT_MAXIMA: Final = frozenset(kind for kind, how in _HOW.items() if MAX in how)
"""Kinds whose maximum is kept. A maximum cannot be taken back, so it is kept only of facts that are settled."""


_SUMS: Final = {kind: f"{kind}+" for kind, (_, added, _) in ADDED.items() if added}


def fold(cells: Iterable[Cell], kind: str, value: int, weight: int, bounds: Bounds) -> None:
    """Add one fact to the numbers of all cells that count it."""
    wanted = ADDED.get(kind)
    if wanted is None:
        return
    counted, added, spread = wanted
    total = _SUMS[kind] if added else ""
    bucket = bounds.bucket(kind, value) if spread else ""
    for cell in cells:
        n = cell.n
        cell.changed = cell.unsaved = True
        if counted:
            n[kind] = n.get(kind, 0) + weight
        if added:
            n[total] = n.get(total, 0) + weight * value
        if spread:
            n[bucket] = n.get(bucket, 0) + weight


def read(view: View, *, closed: bool = False) -> dict[str, Any]:
    """Every measure of a view, by name. A level is of now: a closed window has none, which is null."""
    return {measure.name: None if closed and measure.kind == "level" else measure.read(view) for measure in MEASURES}
