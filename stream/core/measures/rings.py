"""Rings until the answer: all ringing of the contact, by the cadence that the centre declares.

Where the source says nothing of a call's ringing, its wait takes the place; how many were told from what stands beside it.
"""

from __future__ import annotations

from bisect import bisect_left
from itertools import pairwise
from typing import Any, Final

from stream.core import facts
from stream.core.measures.entry import COUNT, SPREAD, SUM, Measure, View

SOURCE: Final = "ringing until the answer / ring cadence; waiting time where a source has no ring"
KINDS: Final = (facts.RANG, facts.WAITED_RINGS)
PROMISED: Final = 3
SHOWN: Final = tuple(range(1, 11))
"""Whole rings of which a report says how many calls were answered by then."""


def ring_bounds(cadence: int) -> dict[str, tuple[int, ...]]:
    """The bounds (ms) that make these measures exact at whole rings."""
    return {kind: tuple(cadence * rings for rings in SHOWN) for kind in KINDS}


def _answered(view: View) -> int:
    return sum(view.n(kind) for kind in KINDS)


def _by(view: View, rings: int) -> int:
    return sum(view.n_within(kind, rings * view.centre.ring_cadence) for kind in KINDS)


def _mean(view: View) -> float | None:
    answered = _answered(view)
    return sum(view.n(f"{kind}+") for kind in KINDS) / answered / view.centre.ring_cadence if answered > 0 else None


def _within(view: View) -> dict[str, Any]:
    return view.share(_by(view, PROMISED), _answered(view))


def _spread(view: View) -> list[dict[str, Any]]:
    """One row for each number of rings in which calls were answered; rings: null = more than ten."""
    answered = _answered(view)
    if answered <= 0:
        return []
    bounds = view.bounds.by_kind[facts.RANG]
    passed = [sum(both) for both in zip(*(view.upto(kind) for kind in KINDS), strict=True)]
    upto = [0, *(passed[bisect_left(bounds, rings * view.centre.ring_cadence)] for rings in SHOWN), answered]
    found = zip((*SHOWN, None), (after - before for before, after in pairwise(upto)), strict=True)
    return [{"rings": rings, "answered": count} for rings, count in found if count]


def _from(view: View) -> dict[str, int]:
    return {"ringing": view.n(facts.RANG), "wait": view.n(facts.WAITED_RINGS)}


_FOLDS = tuple((kind, how) for kind in KINDS for how in (COUNT, SUM, SPREAD))

RINGS = (
    Measure(
        name="rings_mean",
        help="Mean rings until the answer, over all attempts; of calls without word of ringing the wait in rings.",
        unit="rings",
        kind="mean",
        source=SOURCE,
        folds=_FOLDS,
        read=_mean,
    ),
    Measure(
        name="answered_within_rings",
        help="Share of the answered that rang at most three times, with its parts.",
        unit="ratio",
        kind="ratio",
        source=SOURCE,
        folds=_FOLDS,
        read=_within,
    ),
    Measure(
        name="rings",
        says="Answered contacts by rings",
        help="How many were answered by each whole ring; null stands for more than ten.",
        unit="contacts",
        kind="table",
        source=SOURCE,
        folds=_FOLDS,
        read=_spread,
    ),
    Measure(
        name="rings_from",
        says="Answered contacts of which the ringing is known",
        help="Of how many answered contacts the ringing is known, and of how many calls the wait took its place.",
        unit="contacts",
        kind="table",
        source=SOURCE,
        folds=tuple((kind, COUNT) for kind in KINDS),
        read=_from,
    ),
)
