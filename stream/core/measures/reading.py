"""All measures of a window at once, as often as a wallboard asks: most windows know nothing of most of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from stream.core.measures.entry import COUNT, SPREAD, SUM, Measure, View
from stream.core.windows import Cell

FAMILY = "/"
"""How the name of a family of facts ends; its members follow."""


def names_of(measure: Measure) -> frozenset[str] | None:
    """The numbers of a cell without which a measure always says the same, of families their names.

    None where it looks at more than these numbers (levels, maxima, agents' times, who waits), or is read as quickly as they are
    looked for.
    """
    if measure.beside or not measure.folds or measure.kind in {"count", "level"}:
        return None
    counted = {kind for kind, way in measure.folds if way == COUNT}
    if not all(way in {COUNT, SUM} or (way == SPREAD and kind in counted) for kind, way in measure.folds):
        return None
    return frozenset(kind if way == COUNT else f"{kind}+" for kind, way in measure.folds if way != SPREAD)


class Reading:
    """Reads the same measures of many windows of one frame.

    What a measure says of a window in which none of its facts was counted is worked out once, and is one object in all readings:
    it is not to be changed.
    """

    __slots__ = ("_nothing", "_plan")

    def __init__(self, measures: Iterable[Measure]) -> None:
        """Nothing is known of what they say yet."""
        self._plan = [_planned(measure) for measure in measures]
        self._nothing: dict[str, Any] = {}

    def of(self, view: View, *, closed: bool = False) -> dict[str, Any]:
        """Every measure of a view, by name. A level is of now: a closed window has none, which is null."""
        out: dict[str, Any] = {}
        lacks, nothing = view.cell.n.keys().isdisjoint, self._nothing
        for name, read, level, names, of_families in self._plan:
            if level and closed:
                out[name] = None
            elif names is not None and lacks(names) and not (of_families and of_families & view.families):
                if name not in nothing:
                    nothing[name] = read(_empty(view))
                out[name] = nothing[name]
            else:
                out[name] = read(view)
        return out


Planned = tuple[str, Callable[[View], Any], bool, frozenset[str] | None, frozenset[str]]


def _planned(measure: Measure) -> Planned:
    names = names_of(measure)
    of_families = frozenset(name.rstrip("+") for name in names or () if name.rstrip("+").endswith(FAMILY))
    return measure.name, measure.read, measure.kind == "level", names, of_families


def _empty(view: View) -> View:
    """The same view of a window in which nothing was counted."""
    return View(cell=Cell(0, 0), bounds=view.bounds, within=view.within, as_of=0, waits=(), staffed=None, centre=view.centre)
