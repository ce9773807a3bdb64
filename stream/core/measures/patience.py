"""The drop-out threshold: the wait at which the first customers are lost. Of days only, and of channels where one waits to be connected.

Bounds so fine are too many for every window, so only days are counted over them, and 28 closed days are put together.
"""

from __future__ import annotations

from itertools import accumulate
from operator import add
from typing import Any, Final

from stream.core import facts
from stream.core.distributions import FINE, fine
from stream.core.measures.entry import FINELY, MAX, Measure, View
from stream.core.measures.places import OF_CONTACTS
from stream.core.measures.waits import percentile
from stream.core.survival import drop_out

LEAST: Final = 100
"""Abandons; fewer say nothing of a threshold."""
KINDS: Final = (facts.ABANDONED, facts.ANSWERED)


def _threshold(view: View) -> dict[str, Any]:
    gave_up, connected = (max(0, view.n(fine(kind))) for kind in KINDS)
    threshold = p90 = None
    # Few readings come so far, because the bounds are many.
    if gave_up >= LEAST:
        abandoned, answered = ([max(0, count) for count in view.bounds.counts(view.cell.n, fine(kind))] for kind in KINDS)
        threshold = drop_out(abandoned, answered, FINE, view.centre.dropout_share)
        index = percentile(list(accumulate(map(add, abandoned, answered))), 90)
        p90 = _bound(view, index) if index is not None else None
    return {
        "threshold_seconds": None if threshold is None else threshold / 1000,
        "abandons": gave_up,
        "answered": connected,
        "p90_wait_seconds": None if p90 is None else p90 / 1000,
        "ratio": p90 / threshold if p90 is not None and threshold else None,
    }


def _bound(view: View, index: int) -> int:
    """The upper bound of a bucket; of what is beyond every bound the longest wait, and until that is settled the last bound."""
    if index < len(FINE):
        return FINE[index]
    return max(FINE[-1], *(view.cell.top.get(f"{kind}^", 0) for kind in KINDS))


PATIENCE = (
    Measure(
        name="dropout_threshold",
        says="Wait by which the first customers give up",
        help="Wait by which the centre's `dropout_share` (10 %) of the customers would have given up, from at least 100 abandons, and the "
        "wait that 90 % of all did not pass (beyond an hour, the longest one); ratio: the latter in parts of the former. Of calls and "
        "chats, in days and in 28 closed days.",
        unit="seconds",
        kind="table",
        source="Kaplan-Meier, the answered censored",
        folds=tuple((kind, how) for kind in KINDS for how in (FINELY, MAX)),
        places=OF_CONTACTS,
        read=_threshold,
    ),
)
