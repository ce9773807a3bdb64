"""Distributions as counts over fixed bounds: they add, survive as plain numbers, and are exact at every bound.

A bucket's name says its kind and its upper bound, so that a cell written under other bounds can still be read:
"answered<120000" counts values in (the bound before, 120 000 ms]. Bounds are inclusive: "within 120 s" is <= 120 s.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Final

SECOND: Final = 1_000
WAITS: Final = tuple(SECOND * s for s in (0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 300, 600, 1_200))
RESPONSES: Final = tuple(SECOND * s for s in (7, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400))
RINGS: Final = tuple(sorted({*WAITS, *(6 * SECOND * n for n in range(1, 11))}))
"""With one to ten rings of the usual cadence; a centre that declares another one adds its own."""
COUNTED: Final = (0, 1, 2, 3, 4, 5, 7, 10, 15, 20)
"""Of what is counted and not timed."""
TALKS: Final = tuple(SECOND * s for s in (15, 30, 60, 120, 180, 300, 600, 900, 1_800, 3_600))
RESOLUTIONS: Final = tuple(SECOND * 3_600 * h for h in (0, 1, 2, 4, 8, 12, 24, 48, 72, 120, 168, 336, 720))
FINE: Final[tuple[int, ...]] = tuple(SECOND * s for s in (*range(121), *range(125, 601, 5), *range(630, 3_601, 30)))
"""Every second up to 2 minutes, 5 s up to 10, 30 s up to an hour: for how long customers wait before they give up."""


def fine(kind: str) -> str:
    """The name under which a kind is counted over fine bounds, in days only."""
    return f"{kind}~"


STANDARD_BOUNDS: Final[dict[str, tuple[int, ...]]] = {
    "answered": WAITS,
    "abandoned": WAITS,
    fine("answered"): FINE,
    fine("abandoned"): FINE,
    "flowed_out": WAITS,
    "callback": WAITS,
    "answered@left": WAITS,
    "abandoned@left": WAITS,
    "callback@left": WAITS,
    "answered@ended": WAITS,
    "rang": RINGS,
    "waited_rings": RINGS,
    "kept_waiting": WAITS,
    "first_response": RESPONSES,
    "response": RESPONSES,
    "acknowledged": RESPONSES,
    "replies": COUNTED,
    "handled": TALKS,
    "talked": TALKS,
    "held": TALKS,
    "resolution_first": RESOLUTIONS,
    "resolution_total": RESOLUTIONS,
}
"""Bounds in ms by kind of fact. Thresholds of declared standards are added, so that every verdict has its bound."""


class Bounds:
    """The bounds that are in use, by kind of fact."""

    __slots__ = ("_index", "_names", "by_kind")

    def __init__(self, extra: Mapping[str, Iterable[int]] | None = None) -> None:
        """Add `extra` bounds (ms, by kind) to the usual ones."""
        self.by_kind = {kind: tuple(sorted({*usual, *(extra or {}).get(kind, ())})) for kind, usual in STANDARD_BOUNDS.items()}
        self._names = {kind: (*(f"{kind}<{bound}" for bound in bounds), f"{kind}<inf") for kind, bounds in self.by_kind.items()}
        self._index = {kind: {bound: index for index, bound in enumerate(bounds)} for kind, bounds in self.by_kind.items()}

    def bucket(self, kind: str, value: int) -> str:
        """The name of the bucket in which `value` counts."""
        return self._names[kind][bisect_left(self.by_kind[kind], value)]

    def names(self, kind: str) -> tuple[str, ...]:
        """The names of all buckets of `kind`, in the order of their bounds; the last one is above every bound."""
        return self._names[kind]

    def adopt(self, n: Mapping[str, int]) -> dict[str, int]:
        """Numbers that were written under other bounds: what stands under a bound that is no more counts under the next one."""
        out: dict[str, int] = {}
        for name, amount in n.items():
            kind, is_bucket, bound = name.partition("<")
            known = self._names.get(kind)
            if is_bucket and known is not None and name not in known:
                name = self.bucket(kind, int(bound))  # noqa: PLW2901 - the name under which it counts from now on
            out[name] = out.get(name, 0) + amount
        return out

    def index(self, kind: str, limit: int) -> int:
        """The number of the bucket of `kind` that ends at `limit` ms, which must be a bound."""
        found = self._index[kind].get(limit)
        if found is None:
            msg = f"{limit} ms is no bound of {kind}"
            raise ValueError(msg)
        return found

    def counts(self, n: Mapping[str, int], kind: str) -> list[int]:
        """The counts of all buckets of `kind`, the last one above every bound."""
        return [n.get(name, 0) for name in self._names[kind]]
