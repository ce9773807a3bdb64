"""Waits beside their means: who was served at once, and how long most waited."""

from __future__ import annotations

from operator import add
from typing import Any, Final

from stream.core import facts
from stream.core.measures.entry import COUNT, MAX, SPREAD, Measure, View

SOURCE: Final = "answered at once / answered after waiting"
LEFT: Final = (facts.ANSWERED, facts.ABANDONED)


def _instant(view: View) -> dict[str, Any]:
    return view.share(view.n_within(facts.ANSWERED, view.centre.instant), view.n(facts.ANSWERED))


def _instant_to_queued(view: View) -> dict[str, Any]:
    at_once = view.n_within(facts.ANSWERED, view.centre.instant)
    return view.share(at_once, view.n(facts.ANSWERED) - at_once)


def percentile(upto: list[int], share_of_hundred: int) -> int | None:
    """The index of the bucket in which so many of a hundred have ended, of the counts up to each; None where all buckets are empty."""
    wanted = upto[-1] * share_of_hundred
    return None if wanted <= 0 else next((index for index, passed in enumerate(upto) if passed * 100 >= wanted), None)


def _percentile(share_of_hundred: int) -> Measure:
    def read(view: View) -> float | None:
        bounds = view.bounds.by_kind[facts.ANSWERED]
        if bounds != view.bounds.by_kind[facts.ABANDONED]:
            message = "answered and abandoned waits are counted over the same bounds"
            raise ValueError(message)
        index = percentile(list(map(add, view.upto(facts.ANSWERED), view.upto(facts.ABANDONED))), share_of_hundred)
        if index is None:
            return None
        longest = max((view.cell.top.get(f"{kind}^", 0) for kind in LEFT), default=0)
        if index == len(bounds):
            return longest / 1000 if longest > bounds[-1] else None
        return min(bounds[index], longest or bounds[index]) / 1000

    return Measure(
        name=f"wait_p{share_of_hundred}_seconds",
        help=f"Wait that {share_of_hundred} % of those answered or abandoned did not pass: the upper bound of its bucket, "
        "exact at bounds, and never above the longest wait.",
        unit="seconds",
        kind="percentile",
        source="percentiles of counts over fixed bounds, which add over windows and scopes",
        folds=tuple((kind, how) for kind in LEFT for how in (SPREAD, MAX)),
        read=read,
    )


WAITS = (
    Measure(
        name="instant_service",
        says="Share of the answered who were answered at once",
        help="Share of the answered who waited at most the centre's `instant` (5 s), with its parts.",
        unit="ratio",
        kind="ratio",
        source=SOURCE,
        folds=((facts.ANSWERED, COUNT), (facts.ANSWERED, SPREAD)),
        read=_instant,
    ),
    Measure(
        name="instant_to_queued",
        says="Answered at once for each one answered after waiting",
        help="Answered at once / answered after waiting, with its parts; null where nobody was answered after waiting.",
        unit="ratio",
        kind="ratio",
        source=SOURCE,
        folds=((facts.ANSWERED, COUNT), (facts.ANSWERED, SPREAD)),
        read=_instant_to_queued,
    ),
    _percentile(50),
    _percentile(90),
)
