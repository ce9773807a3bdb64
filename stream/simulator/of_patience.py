"""For how long customers wait before they give up, counted with plain loops over the notes, without a line of the core's."""

from __future__ import annotations

from math import inf
from typing import Any, Final

from stream.simulator.expected import nearest

LEAST: Final = 100
"""Customers who gave up; fewer say nothing of a threshold."""
STEPS: Final = ((120_000, 1_000), (600_000, 5_000), (3_600_000, 30_000))
"""Waits (ms) up to the first count in steps of the second; longer ones are beyond all, of which the longest is told."""
LAST_DIGITS: Final = 1e-9

End = tuple[int, int, bool]
"""When it was offered (ms), how long it waited, and whether the customer gave up (else they were answered)."""


def rounded_up(wait: int) -> float:
    """The end of the step into which a wait falls."""
    return next((-(-wait // step) * step for most, step in STEPS if wait <= most), inf)


def dropout(ends: list[End], share_lost: float) -> dict[str, Any]:
    """The wait by which so many would have given up had nobody been answered, and the wait that 90 % did not pass."""
    lost = [rounded_up(wait) for _, wait, gave_up in ends if gave_up]
    every = [rounded_up(wait) for _, wait, _ in ends]
    enough = len(lost) >= LEAST
    threshold = _threshold(lost, every, share_lost) if enough else None
    most = nearest(every, 90) if enough else None
    if most == inf:
        most = max(wait for _, wait, _ in ends)
    return {
        "threshold_seconds": None if threshold is None else threshold / 1_000,
        "abandons": len(lost),
        "answered": len(every) - len(lost),
        "p90_wait_seconds": None if most is None else most / 1_000,
        "ratio": most / threshold if most is not None and threshold else None,
    }


def _threshold(lost: list[float], every: list[float], share_lost: float) -> float | None:
    """Kaplan and Meier: at each wait at which somebody gave up, of those who had waited so long the others stayed."""
    staying = 1.0
    for moment in sorted({*lost} - {inf}):
        staying *= 1 - lost.count(moment) / sum(1 for wait in every if wait >= moment)
        if 1 - staying >= share_lost - LAST_DIGITS:
            return moment
    return None
