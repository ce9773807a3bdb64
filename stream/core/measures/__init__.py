"""WHAT is measured. A measure is one entry in one of the files here; adding it to its tuple is all there is to do."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from stream.core.distributions import Bounds, fine
from stream.core.measures.agents import AGENTS
from stream.core.measures.counts import COUNTS
from stream.core.measures.customers import CUSTOMERS
from stream.core.measures.entry import COUNT, FINELY, MAX, SPREAD, SUM, TIME, Measure
from stream.core.measures.hours import HOURS
from stream.core.measures.issues import ISSUES
from stream.core.measures.levels import LEVELS
from stream.core.measures.patience import PATIENCE
from stream.core.measures.rings import RINGS
from stream.core.measures.self_service import SELF_SERVICE
from stream.core.measures.service_level import SERVICE_LEVELS
from stream.core.measures.surveys import SURVEYS
from stream.core.measures.talk import TALK
from stream.core.measures.times import TIMES
from stream.core.measures.turns import TURNS
from stream.core.measures.waits import WAITS

MEASURES: Final[tuple[Measure, ...]] = (
    *COUNTS,
    *TIMES,
    *LEVELS,
    *HOURS,
    *SERVICE_LEVELS,
    *RINGS,
    *WAITS,
    *PATIENCE,
    *TURNS,
    *SELF_SERVICE,
    *SURVEYS,
    *AGENTS,
    *TALK,
    *ISSUES,
    *CUSTOMERS,
)

BY_NAME: Final = {measure.name: measure for measure in MEASURES}


USUAL: Final = tuple(measure.name for measure in MEASURES if not measure.asked)
"""What is kept where a centre names nothing."""


def chosen(names: Collection[str] | None, also: Collection[str] = ()) -> tuple[Measure, ...]:
    """The measures of these names and of those in `also`, in the registry's order; None: the usual ones."""
    named = {*(USUAL if names is None else names), *also}
    return tuple(measure for measure in MEASURES if measure.name in named)


@dataclass(frozen=True, slots=True)
class Counted:
    """How one kind of fact is added to the numbers of a cell.

    counted: whether it is counted. total: the name of the sum of its values, or "". bounds, names: its buckets, or empty.
    fine: the names of its fine buckets in days, or empty.
    """

    counted: bool
    total: str
    bounds: tuple[int, ...]
    names: tuple[str, ...]
    fine: tuple[str, ...] = ()


def counting(measures: Iterable[Measure], bounds: Bounds) -> dict[str, Counted]:
    """By kind of fact, how it is counted for the sake of these measures. These numbers add, in any order."""
    how: dict[str, set[str]] = {}
    for measure in measures:
        for kind, way in measure.folds:
            how.setdefault(kind, set()).add(way)
    return {
        kind: Counted(
            counted=COUNT in ways,
            total=f"{kind}+" if SUM in ways else "",
            bounds=bounds.by_kind[kind] if SPREAD in ways else (),
            names=bounds.names(kind) if SPREAD in ways else (),
            fine=bounds.names(fine(kind)) if FINELY in ways else (),
        )
        for kind, ways in how.items()
    }


def maxima(measures: Iterable[Measure]) -> frozenset[str]:
    """Kinds whose maximum is kept. A maximum cannot be taken back, so it is kept only of facts that are settled."""
    return frozenset(kind for measure in measures for kind, way in measure.folds if way == MAX)


def timed(measures: Iterable[Measure]) -> frozenset[str]:
    """Kinds that change how long agents are in what state; empty where nobody asks for agents' times."""
    return frozenset(kind for measure in measures for kind, way in measure.folds if way == TIME)
