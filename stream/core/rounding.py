"""Figures in few digits that never look better than they are: 2.04 is not "2, at most 2", nor 89.96 % "90 %, at least 90 %"."""

from __future__ import annotations

from math import ceil, floor
from typing import Final

HAIR: Final = 1e-6
"""What sums in another order may differ by."""


def rounded(value: float, digits: int, op: str = "") -> float:
    """Round to the side on which it keeps less of what `op` asks for; without one to the nearest.

    >>> rounded(2.04, 1, "<="), rounded(0.8996, 3, ">="), rounded(2.04, 1)
    (2.1, 0.899, 2.0)
    """
    scale = 10.0**digits
    if op in {"<=", "<"}:
        return ceil(value * scale - HAIR) / scale
    if op in {">=", ">"}:
        return floor(value * scale + HAIR) / scale
    return round(value, digits)
